"""Devices of the host, as the hypervisor lists them."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from nova.virt.libvirt.xml.codec import Element, at


@dataclass(frozen=True)
class NodeDevice:
    """`kind` is what it can be used as: pci, net, vdpa, mdev.  Of PCI devices: `address` as
    0000:0a:00.1, `card` the address of the whole if it is part of one, `parts` the addresses
    of its parts in order, `serial` the number that its maker gave it.  Of network devices:
    `interface` and `mac`.  `mdev_types` are types of mediated devices that can be cut from
    it, and how many more of each; `uuid` and `mdev_type` are those of a mediated device."""

    name: str
    parent: str
    kind: str
    address: str = ""
    vendor_id: str = ""
    product_id: str = ""
    numa_node: int | None = None
    card: str | None = None
    parts: tuple[str, ...] = ()
    serial: str | None = None
    interface: str = ""
    mac: str | None = None
    mdev_types: tuple[tuple[str, int], ...] = ()
    uuid: str = ""
    mdev_type: str = ""

    @classmethod
    def from_text(cls, text: str) -> "NodeDevice":
        root = ET.fromstring(text)
        own = root.find("capability")
        assert own is not None
        name, parent = root.findtext("name", ""), root.findtext("parent", "")
        kind = own.get("type", "")
        if kind == "net":
            return cls(name, parent, kind, interface=own.findtext("interface", ""),
                       mac=own.findtext("address"))
        if kind == "mdev":
            return cls(name, parent, kind, uuid=own.findtext("uuid", "").lower(),
                       mdev_type=_attribute(own.find("type"), "id"))
        if kind != "pci":
            return cls(name, parent, kind, mdev_types=_mdev_types(own))
        whole = own.find("capability[@type='phys_function']/address")
        parts = own.findall("capability[@type='virt_functions']/address")
        numa = own.find("numa")
        node = -1 if numa is None else int(numa.get("node", "-1"))
        return cls(
            name, parent, kind,
            address=_address({part: own.findtext(part, "0") for part in PARTS}),
            vendor_id=_id(own.find("vendor")),
            product_id=_id(own.find("product")),
            numa_node=node if node >= 0 else None,
            card=None if whole is None else _address(whole.attrib),
            parts=tuple(_address(part.attrib) for part in parts),
            serial=own.findtext("capability[@type='vpd']/fields/serial_number"),
            mdev_types=_mdev_types(own),
        )


@dataclass(frozen=True)
class NewMdev(Element):
    """A mediated device that is to be."""

    TAG = "device"
    parent: str | None = at("parent")
    kind: str | None = at("capability@type", "mdev")
    type: str | None = at("capability/type@id")
    uuid: str | None = at("capability/uuid")


PARTS = ("domain", "bus", "slot", "function")


def _address(parts: dict[str, str]) -> str:
    domain, bus, slot, function = (int(parts[part], 0) for part in PARTS)
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _id(element: ET.Element | None) -> str:
    return (element.get("id", "0x0000") if element is not None else "0x0000").removeprefix("0x")


def _attribute(element: ET.Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")


def _mdev_types(own: ET.Element) -> tuple[tuple[str, int], ...]:
    found = own.findall("capability[@type='mdev_types']/type")
    return tuple(
        (one.get("id", ""), int(one.findtext("availableInstances", "0"))) for one in found
    )
