"""A whole guest."""

# ruff: noqa: RUF009 - `at` makes fields

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from nova.virt.libvirt.xml.codec import Element, at
from nova.virt.libvirt.xml.devices import Devices
from nova.virt.libvirt.xml.machine import (
    Cpu,
    CpuTune,
    Features,
    GuestClock,
    LaunchSecurity,
    MemoryBacking,
    Os,
    Perf,
    Sysinfo,
)
from nova.virt.libvirt.xml.numa import NumaTune


@dataclass(frozen=True)
class Written(Element):
    """Any elements, taken as they are."""

    TAG = "metadata"
    elements: tuple[ET.Element, ...] = ()

    def to_xml(self) -> ET.Element:
        metadata = ET.Element(self.TAG)
        metadata.extend(self.elements)
        return metadata


@dataclass(frozen=True)
class Domain(Element):
    """`memory_kib` in KiB."""

    TAG = "domain"
    type: str = at("@type", "kvm")
    name: str | None = at("name")
    uuid: str | None = at("uuid")
    metadata: Written | None = at("")
    memory_kib: int | None = at("memory")
    memory_backing: MemoryBacking | None = at("")
    cpuset: str | None = at("vcpu@cpuset")
    vcpus: int | None = at("vcpu")
    iothreads: int | None = at("iothreads")
    cputune: CpuTune | None = at("")
    numatune: NumaTune | None = at("")
    sysinfo: Sysinfo | None = at("")
    os: Os | None = at("")
    features: Features | None = at("")
    cpu: Cpu | None = at("")
    clock: GuestClock | None = at("")
    on_poweroff: str | None = at("on_poweroff", "destroy")
    on_reboot: str | None = at("on_reboot", "restart")
    on_crash: str | None = at("on_crash", "destroy")
    perf: Perf | None = at("")
    devices: Devices | None = at("")
    security: LaunchSecurity | None = at("")
