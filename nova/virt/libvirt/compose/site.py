"""The host a guest is composed for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oslo_config import cfg

from nova.virt.contract.guest import GuestSpec

MACHINES = {
    "x86_64": "q35",
    "i686": "q35",
    "aarch64": "virt",
    "riscv64": "virt",
    "s390x": "s390-ccw-virtio",
}
X86 = frozenset({"x86_64", "i686"})


@dataclass(frozen=True)
class Site:
    """`efi` and `secure_boot`: whether there is firmware for it; `direct_io`: whether
    disks can bypass the page cache; `machine_id` of the operating system;
    `emulators` pairs of architecture and command; `flags_of_models` the features
    of each configured CPU model."""

    conf: cfg.ConfigOpts
    arch: str
    emulators: tuple[tuple[str, str], ...] = ()
    host_uuid: str = ""
    machine_id: str = ""
    direct_io: bool = True
    efi: bool = False
    secure_boot: bool = False
    flags_of_models: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def arch_of(self, guest: GuestSpec) -> str:
        wanted = guest.image_properties
        return wanted.get("hw_emulation_architecture") or wanted.get("hw_architecture") or self.arch

    def virt_type_of(self, guest: GuestSpec) -> str:
        """Another architecture can only be emulated."""
        configured: str = self.conf.libvirt.virt_type
        emulated = guest.image_properties.get("hw_emulation_architecture")
        return "qemu" if emulated and emulated != self.arch else configured

    def machine_of(self, guest: GuestSpec) -> str:
        """The image's, what the guest had before, the operator's, the usual."""
        arch = self.arch_of(guest)
        configured = dict(
            entry.split("=", 1) for entry in self.conf.libvirt.hw_machine_type or () if "=" in entry
        )
        return (
            guest.image_properties.get("hw_machine_type")
            or guest.saved.get("image_hw_machine_type")
            or configured.get(arch)
            or MACHINES.get(arch, "virt")
        )
