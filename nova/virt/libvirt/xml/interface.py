"""Network interfaces."""

# ruff: noqa: RUF009 - `at` makes fields

from dataclasses import dataclass

from nova.virt.libvirt.xml.address import Address
from nova.virt.libvirt.xml.codec import ON_OFF, Element, at


@dataclass(frozen=True)
class Bandwidth(Element):
    """Average and peak in KiB a second, burst in KiB."""

    TAG = "bandwidth"
    inbound_average: int | None = at("inbound@average")
    inbound_peak: int | None = at("inbound@peak")
    inbound_burst: int | None = at("inbound@burst")
    outbound_average: int | None = at("outbound@average")
    outbound_peak: int | None = at("outbound@peak")
    outbound_burst: int | None = at("outbound@burst")


@dataclass(frozen=True)
class Interface(Element):
    """`type` bridge (of Linux), ethernet (a device that is there or is made), vhostuser,
    direct (on top of a device of the host), hostdev (a PCI device of the host) or vdpa."""

    TAG = "interface"
    type: str = at("@type", "bridge")
    managed: bool | None = at("@managed")
    mac: str | None = at("mac@address")
    bridge: str | None = at("source@bridge")
    source_type: str | None = at("source@type")
    source_path: str | None = at("source@path")
    source_mode: str | None = at("source@mode")
    source_dev: str | None = at("source@dev")
    source_address: Address | None = at("source/")
    vlan: int | None = at("vlan/tag@id")
    trusted: bool | None = at("@trustGuestRxFilters")
    virtualport: str | None = at("virtualport@type")
    profile_id: str | None = at("virtualport/parameters@profileid")
    target: str | None = at("target@dev")
    target_managed: bool | None = at("target@managed")
    model: str | None = at("model@type")
    driver: str | None = at("driver@name")
    queues: int | None = at("driver@queues")
    rx_queue_size: int | None = at("driver@rx_queue_size")
    tx_queue_size: int | None = at("driver@tx_queue_size")
    packed: bool | None = at("driver@packed", words=ON_OFF)
    iommu: bool | None = at("driver@iommu", words=ON_OFF)
    mtu: int | None = at("mtu@size")
    boot_order: int | None = at("boot@order")
    bandwidth: Bandwidth | None = at("")
    address: Address | None = at("")
    alias: str | None = at("alias@name")
