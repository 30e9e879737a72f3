"""Where a device sits."""

from dataclasses import dataclass

from nova.virt.libvirt.xml.codec import Element, at


@dataclass(frozen=True)
class Address(Element):
    """Of type pci (hexadecimal parts), drive or usb (decimal parts)."""

    TAG = "address"
    type: str = at("@type", "pci")
    domain: str | None = at("@domain")
    controller: str = at("@controller", "0")
    bus: str = at("@bus", "0")
    slot: str | None = at("@slot")
    function: str | None = at("@function")
    target: str = at("@target", "0")
    unit: str = at("@unit", "0")
    port: str | None = at("@port")
