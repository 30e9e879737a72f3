"""The host a guest is composed for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oslo_config import cfg

from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.cpus import parse_cpus, shared_cpus

MACHINES = {
    "x86_64": "pc",
    "i686": "pc",
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
    of each configured CPU model; `cells` the processors of each memory node that are
    online; `page_kb` the usual size of a memory page; `tpm_models`, `tpm_versions` what
    TPMs there are to emulate; `perf_events` what the processor counts;
    `disk_encryption` the formats in which local disks can be encrypted;
    `encryption` how many guests may have their memory encrypted, by the way to do it, with
    `c_bit` and `lost_bits` of addresses that are; `library` and `hypervisor` versions
    (9.3.0 is 9003000)."""

    conf: cfg.ConfigOpts
    arch: str
    emulators: tuple[tuple[str, str], ...] = ()
    host_uuid: str = ""
    machine_id: str = ""
    direct_io: bool = True
    efi: bool = False
    secure_boot: bool = False
    flags_of_models: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cells: Mapping[int, frozenset[int]] = field(default_factory=dict)
    page_kb: int = 4
    tpm_models: frozenset[str] = frozenset()
    tpm_versions: frozenset[str] = frozenset()
    perf_events: frozenset[str] = frozenset()
    disk_encryption: frozenset[str] = frozenset()
    encryption: Mapping[str, int] = field(default_factory=dict)
    c_bit: int | None = None
    lost_bits: int | None = None
    library: int = 9_000_000
    hypervisor: int = 7_002_000

    def floating(self) -> frozenset[int] | None:
        """The processors for guests without any of their own; None: all."""
        if text := shared_cpus(self.conf):
            return parse_cpus(text)
        dedicated = self.conf.compute.cpu_dedicated_set
        if not dedicated or not self.cells:
            return None
        return frozenset[int]().union(*self.cells.values()) - parse_cpus(dedicated)

    def floating_in(self, cell: int | None) -> frozenset[int]:
        """Those of them in one memory node."""
        there = self.cells.get(-1 if cell is None else cell, frozenset())
        allowed = self.floating()
        return there if allowed is None else there & allowed

    def at_least(self, library: int, hypervisor: int) -> bool:
        return self.library >= library and self.hypervisor >= hypervisor

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
