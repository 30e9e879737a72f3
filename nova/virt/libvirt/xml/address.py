"""Where a device sits."""

from dataclasses import dataclass

from nova.virt.libvirt.xml.codec import Element, at


@dataclass(frozen=True)
class Address(Element):
    """Of type pci (hexadecimal parts), drive or usb (decimal parts)."""

    TAG = "address"
    type: str | None = at("@type", "pci")
    domain: str | None = at("@domain")
    controller: str | None = at("@controller", "0")
    bus: str = at("@bus", "0")
    slot: str | None = at("@slot")
    function: str | None = at("@function")
    target: str | None = at("@target", "0")
    unit: str | None = at("@unit", "0")
    port: str | None = at("@port")

    @classmethod
    def of_host(cls, text: str, kind: str | None = None) -> "Address":
        """Of a PCI device, from 0000:0a:00.1; some elements also name its `kind`."""
        rest, _, function = text.partition(".")
        domain, bus, slot = rest.split(":")
        return cls(
            type=kind, domain=f"0x{domain}", bus=f"0x{bus}", slot=f"0x{slot}",
            function=f"0x{function}", controller=None, target=None, unit=None,
        )
