"""What a guest is made of besides its devices: firmware, CPU, memory, time."""

# ruff: noqa: RUF009 - `at` makes fields

from dataclasses import dataclass

from nova.virt.libvirt.xml.codec import ON_OFF, Element, at
from nova.virt.libvirt.xml.numa import Cell, Page


@dataclass(frozen=True)
class Os(Element):
    """`firmware` efi lets the hypervisor choose the loader."""

    TAG = "os"
    firmware: str | None = at("@firmware")
    arch: str | None = at("type@arch")
    machine: str | None = at("type@machine")
    type: str = at("type", "hvm")
    loader_secure: bool | None = at("loader@secure")
    loader_stateless: bool | None = at("loader@stateless")
    kernel: str | None = at("kernel")
    initrd: str | None = at("initrd")
    cmdline: str | None = at("cmdline")
    boot_menu: bool | None = at("bootmenu@enable")
    smbios: str | None = at("smbios@mode")


@dataclass(frozen=True)
class Entry(Element):
    """`value` is the text of the element itself."""

    TAG = "entry"
    name: str | None = at("@name")
    value: str | None = at(".")


@dataclass(frozen=True)
class Sysinfo(Element):
    TAG = "sysinfo"
    type: str = at("@type", "smbios")
    entries: tuple[Entry, ...] = at("system/", ())


@dataclass(frozen=True)
class Feature(Element):
    TAG = "feature"
    policy: str | None = at("@policy")
    name: str | None = at("@name")


@dataclass(frozen=True)
class Cpu(Element):
    TAG = "cpu"
    mode: str | None = at("@mode")
    match: str | None = at("@match")
    check: str | None = at("@check")
    model: str | None = at("model")
    sockets: int | None = at("topology@sockets")
    cores: int | None = at("topology@cores")
    threads: int | None = at("topology@threads")
    features: tuple[Feature, ...] = at("", ())
    maxphysaddr_mode: str | None = at("maxphysaddr@mode")
    maxphysaddr_bits: int | None = at("maxphysaddr@bits")
    cells: tuple[Cell, ...] = at("numa/", ())


@dataclass(frozen=True)
class VcpuPin(Element):
    TAG = "vcpupin"
    vcpu: int | None = at("@vcpu")
    cpuset: str | None = at("@cpuset")


@dataclass(frozen=True)
class EmulatorPin(Element):
    TAG = "emulatorpin"
    cpuset: str | None = at("@cpuset")


@dataclass(frozen=True)
class IoThreadPin(Element):
    TAG = "iothreadpin"
    iothread: int | None = at("@iothread")
    cpuset: str | None = at("@cpuset")


@dataclass(frozen=True)
class VcpuSched(Element):
    TAG = "vcpusched"
    vcpus: str | None = at("@vcpus")
    scheduler: str | None = at("@scheduler")
    priority: int | None = at("@priority")


@dataclass(frozen=True)
class CpuTune(Element):
    """`period` and `quota` in microseconds."""

    TAG = "cputune"
    shares: int | None = at("shares")
    period: int | None = at("period")
    quota: int | None = at("quota")
    pins: tuple[VcpuPin, ...] = at("", ())
    emulator: EmulatorPin | None = at("")
    iothreads: tuple[IoThreadPin, ...] = at("", ())
    schedulers: tuple[VcpuSched, ...] = at("", ())


@dataclass(frozen=True)
class Features(Element):
    """`tb_cache` in MiB."""

    TAG = "features"
    acpi: bool = at("acpi?", False)
    apic: bool = at("apic?", False)
    kvm_hidden: bool | None = at("kvm/hidden@state", words=ON_OFF)
    pmu: bool | None = at("pmu@state", words=ON_OFF)
    vmcoreinfo: bool | None = at("vmcoreinfo@state", words=ON_OFF)
    tb_cache: int | None = at("tcg/tb-cache")
    tb_cache_unit: str | None = at("tcg/tb-cache@unit")
    hyperv_relaxed: bool | None = at("hyperv/relaxed@state", words=ON_OFF)
    hyperv_vapic: bool | None = at("hyperv/vapic@state", words=ON_OFF)
    hyperv_spinlocks: bool | None = at("hyperv/spinlocks@state", words=ON_OFF)
    hyperv_retries: int | None = at("hyperv/spinlocks@retries")
    hyperv_vpindex: bool | None = at("hyperv/vpindex@state", words=ON_OFF)
    hyperv_runtime: bool | None = at("hyperv/runtime@state", words=ON_OFF)
    hyperv_synic: bool | None = at("hyperv/synic@state", words=ON_OFF)
    hyperv_reset: bool | None = at("hyperv/reset@state", words=ON_OFF)
    hyperv_frequencies: bool | None = at("hyperv/frequencies@state", words=ON_OFF)
    hyperv_tlbflush: bool | None = at("hyperv/tlbflush@state", words=ON_OFF)
    hyperv_ipi: bool | None = at("hyperv/ipi@state", words=ON_OFF)
    hyperv_vendor: bool | None = at("hyperv/vendor_id@state", words=ON_OFF)
    hyperv_vendor_value: str | None = at("hyperv/vendor_id@value")
    smm: bool | None = at("smm@state", words=ON_OFF)
    ioapic: str | None = at("ioapic@driver")


@dataclass(frozen=True)
class LaunchSecurity(Element):
    """`c_bit` marks encrypted addresses, `lost_bits` are those that an address loses by it."""

    TAG = "launchSecurity"
    type: str = at("@type", "sev")
    kernel_hashes: bool | None = at("@kernelHashes")
    c_bit: int | None = at("cbitpos")
    lost_bits: int | None = at("reducedPhysBits")
    policy: str | None = at("policy")


@dataclass(frozen=True)
class PerfEvent(Element):
    TAG = "event"
    name: str | None = at("@name")
    enabled: bool | None = at("@enabled")


@dataclass(frozen=True)
class Perf(Element):
    TAG = "perf"
    events: tuple[PerfEvent, ...] = at("", ())


@dataclass(frozen=True)
class Timer(Element):
    TAG = "timer"
    name: str | None = at("@name")
    tickpolicy: str | None = at("@tickpolicy")
    present: bool | None = at("@present")


@dataclass(frozen=True)
class GuestClock(Element):
    TAG = "clock"
    offset: str | None = at("@offset", "utc")
    timers: tuple[Timer, ...] = at("", ())


@dataclass(frozen=True)
class MemoryBacking(Element):
    TAG = "memoryBacking"
    pages: tuple[Page, ...] = at("hugepages/", ())
    unshared: bool = at("nosharepages?", False)
    locked: bool = at("locked?", False)
    source: str | None = at("source@type")
    access: str | None = at("access@mode")
    allocation: str | None = at("allocation@mode")
    discard: bool = at("discard?", False)
