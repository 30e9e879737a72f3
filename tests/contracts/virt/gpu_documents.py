"""A host with graphics cards, as documents that the hypervisor itself reads and writes."""

from pathlib import Path

from nova.virt.fake.hypervisor import Gpu

HOST = """<node>
  <cpu><mhz>2000</mhz><model>Nehalem</model><active>4</active><nodes>1</nodes><sockets>1</sockets>
    <cores>4</cores><threads>1</threads></cpu>
  <memory>8388608</memory>
  <device><name>computer</name><capability type='system'><hardware><vendor>v</vendor>
    <version>1</version><serial>1</serial><uuid>bf1d2b41-1c4b-4f04-8f4d-3c1e4a3c1e4a</uuid>
    </hardware><firmware><vendor>v</vendor><version>1</version>
    <release_date>01/01/2030</release_date></firmware></capability></device>
  {devices}
</node>
"""
CARD = """<device><name>{name}</name><path>/sys/devices/pci0000:80/{address}</path>
  <parent>computer</parent><driver><name>nvidia</name></driver>
  <capability type='pci'><class>0x030200</class><domain>0</domain><bus>{bus}</bus><slot>0</slot>
    <function>0</function><product id='0x0ff6'>GM204GL</product><vendor id='0x10de'>v</vendor>
    <capability type='mdev_types'>{types}</capability>
    <iommuGroup number='{bus}'><address domain='0x0000' bus='0x{bus:02x}' slot='0x00'
      function='0x0'/></iommuGroup>
  </capability></device>"""
TYPE = """<type id='{name}'><name>GRID {name}</name><deviceAPI>vfio-pci</deviceAPI>
  <availableInstances>{count}</availableInstances></type>"""
CUT = """<device><name>mdev_{words}</name><path>/sys/devices/pci0000:80/x/{uuid}</path>
  <parent>{parent}</parent><driver><name>vfio_mdev</name></driver>
  <capability type='mdev'><type id='{type}'/><uuid>{uuid}</uuid><iommuGroup number='77'/>
  </capability></device>"""
GUEST = """<domain type='test'><name>{name}</name><uuid>{uuid}</uuid>{metadata}
  <memory>65536</memory><os><type>hvm</type></os><devices>
  <hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='{mdev}'/></source>
  </hostdev></devices></domain>"""
OURS = ("<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>"
        "</nova:instance></metadata>")


def host(path: Path, gpus: tuple[Gpu, ...], cut: dict[str, tuple[str, str]]) -> str:
    """Writes the host; the way to reach it."""
    path.write_text(HOST.format(devices="".join(
        [*(_card(gpu, cut) for gpu in gpus), *(_cut(uuid, *what) for uuid, what in cut.items())]
    )))
    return f"test://{path}"


def _card(gpu: Gpu, cut: dict[str, tuple[str, str]]) -> str:
    mine = [kind for parent, kind in cut.values() if parent == gpu.name]
    left = {kind: count - mine.count(kind) if set(mine) <= {kind} else 0
            for kind, count in gpu.types}
    types = "".join(TYPE.format(name=kind, count=count) for kind, count in left.items())
    bus = int(gpu.address.split(":")[1], 16)
    return CARD.format(name=gpu.name, address=gpu.address, bus=bus, types=types)


def _cut(uuid: str, parent: str, kind: str) -> str:
    return CUT.format(words=uuid.replace("-", "_"), uuid=uuid, parent=parent, type=kind)
