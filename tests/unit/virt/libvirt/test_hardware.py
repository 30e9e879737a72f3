"""Memory nodes and PCI devices, read from what the hypervisor lists."""

from nova.virt.contract.numa import HostPages
from nova.virt.contract.pci import PHYSICAL, PLAIN, VDPA, VIRTUAL
from nova.virt.libvirt.hardware import cells_of, devices_of
from nova.virt.libvirt.xml.capabilities import Capabilities
from nova.virt.libvirt.xml.node_device import NodeDevice

CAPABILITIES = """<capabilities><host><topology><cells num='2'>
  <cell id='0'><memory unit='KiB'>2097152</memory>
    <pages unit='KiB' size='4'>262144</pages><pages unit='KiB' size='2048'>512</pages>
    <cpus num='4'>
      <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0,2'/>
      <cpu id='1' socket_id='0' die_id='0' core_id='1' siblings='1,3'/>
      <cpu id='2' socket_id='0' die_id='0' core_id='0' siblings='0,2'/>
      <cpu id='3' socket_id='0' die_id='0' core_id='1' siblings='1,3'/>
    </cpus></cell>
  <cell id='1'><memory unit='KiB'>1048576</memory><cpus num='1'>
      <cpu id='4' socket_id='1' die_id='0' core_id='0' siblings='4'/></cpus></cell>
</cells></topology></host></capabilities>"""


def pci(name: str, slot: int, function: int, inside: str = "") -> str:
    return f"""<device><name>{name}</name><parent>computer</parent><capability type='pci'>
      <domain>0</domain><bus>10</bus><slot>{slot}</slot><function>{function}</function>
      <product id='0x154c'>x</product><vendor id='0x8086'>y</vendor>{inside}
    </capability></device>"""


def address(slot: int, function: int) -> str:
    return (f"<address domain='0x0000' bus='0x0a' slot='0x{slot:02x}' "
            f"function='0x{function:x}'/>")


SERIAL = ("<capability type='vpd'><name>a card</name><fields access='readonly'>"
          "<serial_number>MT2113X00000</serial_number></fields></capability>")
CARD = pci("card", 0, 0, f"<numa node='1'/>{SERIAL}<capability type='virt_functions' maxCount='8'>"
           f"{address(2, 0)}{address(2, 1)}</capability>")
PART = pci("part", 2, 0, f"<capability type='phys_function'>{address(0, 0)}</capability>")
QUEUE = pci("queue", 2, 1, f"<capability type='phys_function'>{address(0, 0)}</capability>")
PLAIN_ONE = pci("plain", 3, 0, "<numa node='-1'/>")
NET = ("<device><name>net_eth5</name><parent>card</parent><capability type='net'>"
       "<interface>eth5</interface><address>0c:42:a1:00:00:01</address></capability></device>")
DATA_PATH = ("<device><name>vdpa0</name><parent>queue</parent><capability type='vdpa'>"
             "<chardev>/dev/vhost-vdpa-0</chardev></capability></device>")


def test_cells():
    first, second = cells_of(Capabilities.from_text(CAPABILITIES))
    assert first.cpus == {0, 1, 2, 3}
    assert first.cores == (frozenset({0, 2}), frozenset({1, 3}))
    assert first.pages == (HostPages(4, 262144), HostPages(2048, 512))
    assert (first.memory_mb, first.socket) == (2048, 0)
    assert (second.id, second.cpus, second.socket) == (1, {4}, 1)


def test_devices():
    listed = [NodeDevice.from_text(text)
              for text in (CARD, PART, QUEUE, PLAIN_ONE, NET, DATA_PATH)]
    card, part, queue, plain = devices_of(listed)
    assert (card.address, card.kind, card.numa_node) == ("0000:0a:00.0", PHYSICAL, 1)
    assert (card.vendor_id, card.product_id, card.netdevs) == ("8086", "154c", ("eth5",))
    assert (part.kind, part.parent, part.numa_node) == (VIRTUAL, card.address, None)
    assert part.identity == {"card_serial_number": "MT2113X00000", "vf_num": "0",
                             "pf_mac_address": "0c:42:a1:00:00:01"}
    assert queue.identity["vf_num"] == "1"
    assert card.identity == plain.identity == {}
    assert (queue.kind, queue.parent) == (VDPA, card.address)
    assert (plain.kind, plain.parent, plain.numa_node) == (PLAIN, None, None)
