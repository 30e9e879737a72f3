"""Memory nodes and PCI devices of the host."""

from collections.abc import Iterator, Sequence

import libvirt

from nova.virt.contract.numa import HostCell, HostPages
from nova.virt.contract.pci import PHYSICAL, PLAIN, VDPA, VIRTUAL, PciDevice
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.xml.capabilities import Capabilities, Cell
from nova.virt.libvirt.xml.node_device import NodeDevice
from nova.virt.topology import cpu_sets

KIB_PER_MIB = 1024
LISTED = (
    libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV
    | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
    | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA
)


def cells_of(capabilities: Capabilities) -> tuple[HostCell, ...]:
    return tuple(_cell(cell) for cell in capabilities.cells if cell.id is not None)


def pci_devices(connection: Connection) -> tuple[PciDevice, ...]:
    """One question for the list, and one for each device."""
    texts = connection.call(
        "list devices", lambda c: [one.XMLDesc(0) for one in c.listAllDevices(LISTED)]
    )
    return devices_of([NodeDevice.from_text(text) for text in texts])


def devices_of(listed: Sequence[NodeDevice]) -> tuple[PciDevice, ...]:
    """PCI devices, with what the others say of them."""
    return tuple(_device(one, listed) for one in listed if one.kind == "pci")


def _device(one: NodeDevice, listed: Sequence[NodeDevice]) -> PciDevice:
    below = [other for other in listed if other.parent == one.name]
    card = next((other for other in listed if one.card and other.address == one.card), None)
    return PciDevice(
        address=one.address,
        vendor_id=one.vendor_id,
        product_id=one.product_id,
        kind=_kind(one, below),
        numa_node=one.numa_node,
        parent=one.card,
        netdevs=tuple(other.interface for other in below if other.kind == "net"),
        label=f"label_{one.vendor_id}_{one.product_id}",
        number=card.parts.index(one.address) if card and one.address in card.parts else None,
        card_mac=_mac(card, listed) if card else None,
        card_serial=(one.serial or card.serial) if card else None,
    )


def _mac(card: NodeDevice, listed: Sequence[NodeDevice]) -> str | None:
    return next((one.mac for one in listed if one.parent == card.name and one.mac), None)


def _kind(one: NodeDevice, below: Sequence[NodeDevice]) -> str:
    if any(other.kind == "vdpa" for other in below):
        return VDPA
    return PHYSICAL if one.parts else VIRTUAL if one.card else PLAIN


def _cell(cell: Cell) -> HostCell:
    return HostCell(
        id=cell.id or 0,
        cpus=frozenset(cpu.id for cpu in cell.cpus if cpu.id is not None),
        memory_mb=(cell.memory_kib or 0) // KIB_PER_MIB,
        pages=tuple(
            HostPages(page.size_kib, page.count)
            for page in cell.pages
            if page.size_kib is not None and page.count is not None
        ),
        cores=tuple(sorted(set(_cores(cell)), key=min)),
        socket=next((cpu.socket for cpu in cell.cpus), None),
    )


def _cores(cell: Cell) -> Iterator[frozenset[int]]:
    for cpu in cell.cpus:
        if cpu.siblings:
            yield cpu_sets.parse(cpu.siblings)
