"""What the host is and offers; asked for once per connection, for it cannot change."""

import logging
from pathlib import Path

import libvirt
from oslo_config import cfg

from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.numa import HostCell
from nova.virt.libvirt.compose.site import MACHINES, Site
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.cpu_compare import refuse_unfit_models
from nova.virt.libvirt.hardware import cells_of
from nova.virt.libvirt.perf_events import counted_by
from nova.virt.libvirt.storage.choice import disk_encryption
from nova.virt.libvirt.xml.capabilities import Capabilities, DomainCapabilities, HostCpu

LOG = logging.getLogger(__name__)

EARLIEST = 8_000_000, 6_002_000
"""The oldest versions of the library and of the emulator that will do."""
# Machines that have what the default ones have not.
RICHEST = {**MACHINES, "x86_64": "q35", "i686": "q35"}
MACHINE_ID = Path("/etc/machine-id")
MISC_CAPACITY = Path("/sys/fs/cgroup/misc.capacity")


class Profile:
    def __init__(
        self, conf: cfg.ConfigOpts, connection: Connection, clock: Clock, direct_io: bool
    ) -> None:
        self._conf = conf
        self._connection = connection
        self._direct_io = direct_io
        self._asking = clock.lock()
        self._capabilities: Capabilities | None = None
        self._offers: DomainCapabilities | None = None
        self._site: Site | None = None

    def capabilities(self) -> Capabilities:
        with self._asking:
            if self._capabilities is None:
                text = self._connection.call("read capabilities", lambda c: c.getCapabilities())
                self._capabilities = Capabilities.from_text(text)
            return self._capabilities

    def arch(self) -> str:
        cpu = self.capabilities().cpu
        return (cpu.arch if cpu else None) or "x86_64"

    def offers(self) -> DomainCapabilities:
        """Of the emulator for the host's architecture, with any of its usual machines."""
        arch = self.arch()
        machines = (RICHEST.get(arch), MACHINES.get(arch))
        with self._asking:
            if self._offers is None:
                first, second = (self._ask_offers(arch, machine) for machine in machines)
                self._offers = first.beside(second)
            return self._offers

    def _ask_offers(self, arch: str, machine: str | None) -> DomainCapabilities:
        kind = self._conf.libvirt.virt_type
        text = self._connection.call(
            "read domain capabilities",
            lambda c: c.getDomainCapabilities(None, arch, machine, kind, 0),
        )
        return DomainCapabilities.from_text(text)

    def site(self) -> Site:
        if self._site is None:
            self._site = self._make_site()
        return self._site

    def guest_cpu_flags(self) -> frozenset[str]:
        """The features that a guest sees in the configured CPU mode."""
        described = self._guest_cpu()
        return self._expanded(described) if described else frozenset()

    def check(self) -> None:
        """Raises ConfigurationFailure if this host cannot do what is configured."""
        kind = self._conf.libvirt.virt_type
        self._check_versions()
        if self._conf.libvirt.cpu_mode == "custom" and not self._conf.libvirt.cpu_models:
            raise ConfigurationFailure(reason="[libvirt]cpu_mode custom needs cpu_models")
        ratio = self._conf.ram_allocation_ratio or self._conf.initial_ram_allocation_ratio
        if self._conf.libvirt.file_backed_memory and ratio != 1.0:
            raise ConfigurationFailure(
                reason="[libvirt]file_backed_memory needs [DEFAULT]ram_allocation_ratio 1.0"
            )
        kinds = {d.type for guest in self.capabilities().guests for d in guest.domains}
        if kind not in kinds:
            raise ConfigurationFailure(reason=f"[libvirt]virt_type {kind} is not to be had here")
        refuse_unfit_models(self._conf, self._connection, self.arch())

    def at_least(self, library: int, emulator: int) -> bool:
        """Versions as the library counts: 9.3.0 is 9003000."""
        have = self._versions()
        return have[0] >= library and have[1] >= emulator

    def encryption(self) -> dict[str, int]:
        """How many guests may have their memory encrypted, by the way to do it; only hardware
        can do that."""
        if self._conf.libvirt.virt_type != "kvm":
            return {}
        found = dict(self.offers().encryption)
        if "intel-tdx" in found:
            said = self._conf.libvirt.num_intel_tdx_guests
            found["intel-tdx"] = tdx_guests(MISC_CAPACITY) if said is None else said
        return {way: count for way, count in found.items() if count}

    def cells(self) -> tuple[HostCell, ...]:
        return cells_of(self.capabilities())

    def _versions(self) -> tuple[int, int]:
        found: tuple[int, int] = self._connection.call(
            "read its version", lambda c: (c.getLibVersion(), c.getVersion())
        )
        return found

    def _check_versions(self) -> None:
        if not self.at_least(*EARLIEST):
            raise ConfigurationFailure(reason="at least libvirt 8.0.0 and QEMU 6.2.0 are needed")

    def _make_site(self) -> Site:
        offers = self.offers()
        capabilities = self.capabilities()
        conf = self._conf
        models = conf.libvirt.cpu_models if conf.libvirt.cpu_mode == "custom" else ()
        return Site(
            conf=conf,
            arch=self.arch(),
            emulators=tuple(
                (guest.arch, guest.emulator)
                for guest in capabilities.guests
                if guest.arch and guest.emulator
            ),
            host_uuid=capabilities.host_uuid or "",
            machine_id=MACHINE_ID.read_text().strip() if MACHINE_ID.exists() else "",
            direct_io=self._direct_io,
            efi="efi" in offers.firmwares,
            secure_boot=offers.secure_loader and "efi" in offers.firmwares,
            flags_of_models={model: self._expanded(_model_xml(model)) for model in models},
            cells={cell.id: cell.cpus for cell in self.cells()},
            page_kb=min((p.size_kb for c in self.cells() for p in c.pages), default=4),
            tpm_models=_emulated_tpms(offers),
            tpm_versions=offers.enums.get("tpm.backendVersion", frozenset()),
            perf_events=counted_by(
                f.name for f in (capabilities.cpu.features if capabilities.cpu else ()) if f.name
            ),
            disk_encryption=disk_encryption(conf),
            encryption=self.encryption(),
            c_bit=offers.c_bit,
            lost_bits=offers.lost_bits,
            library=self._versions()[0],
            hypervisor=self._versions()[1],
        )

    def _guest_cpu(self) -> str | None:
        mode = self._conf.libvirt.cpu_mode or "host-model"
        if mode == "host-passthrough":
            cpu = self.capabilities().cpu
            return cpu.to_text() if cpu else None
        if mode == "custom":
            return _model_xml(self._conf.libvirt.cpu_models[0])
        return self.offers().host_model if mode == "host-model" else None

    def _expanded(self, cpu: str) -> frozenset[str]:
        """All features of a CPU description, also those its model implies."""
        offers, arch = self.offers(), self.arch()
        kind = self._conf.libvirt.virt_type
        flags = libvirt.VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES
        try:
            text = self._connection.call(
                "expand a CPU model",
                lambda c: c.baselineHypervisorCPU(
                    offers.emulator, arch, offers.machine, kind, [cpu], flags
                ),
            )
        except HypervisorError as error:
            LOG.warning("The features of the guest CPU are unknown: %s", error)
            return frozenset()
        features = HostCpu.from_text(text).features
        return frozenset(f.name for f in features if f.name and f.policy != "disable")


def _emulated_tpms(offers: DomainCapabilities) -> frozenset[str]:
    if "emulator" not in offers.enums.get("tpm.backendModel", frozenset()):
        return frozenset()
    return offers.enums.get("tpm.model", frozenset())


def _model_xml(model: str) -> str:
    return f"<cpu mode='custom' match='exact'><model fallback='forbid'>{model}</model></cpu>"


def tdx_guests(capacity: Path) -> int:
    """The keys that the processor has for guests, as the kernel counts them; 0: it does not."""
    lines = capacity.read_text().splitlines() if capacity.exists() else []
    counts = dict(line.split() for line in lines if len(line.split()) == 2)
    return int(counts.get("tdx", 0))
