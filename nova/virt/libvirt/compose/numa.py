"""The guest's memory nodes, and the processors of the host that are its own."""

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.numa import GuestNuma
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.cpus import shared_cpus
from nova.virt.libvirt.xml.machine import CpuTune, EmulatorPin, IoThreadPin, VcpuPin, VcpuSched
from nova.virt.libvirt.xml.numa import Cell, MemoryNode, NumaTune, Page
from nova.virt.topology import cpu_sets
from nova.virt.topology.pinning import pinning_of

KIB_PER_MIB = 1024


def process_cpus(guest: GuestSpec, site: Site) -> str | None:
    """The processors that all of the guest runs on, where its own have no pins.

    The emulator without hardware help has no thread that is known for a processor: there
    the guest as a whole is kept on those that are its own.
    """
    if guest.numa is None:
        floating = site.floating()
        return None if floating is None else cpu_sets.written(floating)
    if has_pins(guest, site):
        return None
    mine = set(guest.numa.pins.values()) | guest.numa.reserved
    for part in guest.numa.cells:
        if part.cpus:
            mine |= site.floating_in(part.host_cell)
    return cpu_sets.written(mine) or None


def has_pins(guest: GuestSpec, site: Site) -> bool:
    return guest.numa is not None and site.virt_type_of(guest) == "kvm"


def cells(guest: GuestSpec, *, shared: bool) -> tuple[Cell, ...]:
    """`shared`: the memory is seen by other processes of the host."""
    return tuple(
        Cell(
            id=number,
            cpus=cpu_sets.written(part.all_cpus),
            memory=part.memory_mb * KIB_PER_MIB,
            unit="KiB",
            access="shared" if shared else None,
        )
        for number, part in enumerate(guest.numa.cells if guest.numa else ())
    )


def memory_nodes(guest: GuestSpec) -> NumaTune | None:
    """All memory comes from the host's nodes that were chosen, whatever happens."""
    if guest.numa is None:
        return None
    used = {part.host_cell for part in guest.numa.cells if part.host_cell is not None}
    return NumaTune(
        mode="strict",
        nodeset=cpu_sets.written(used),
        nodes=tuple(
            MemoryNode(cellid=number, mode="strict", nodeset=str(part.host_cell))
            for number, part in enumerate(guest.numa.cells)
        ),
    )


def pages(guest: GuestSpec, site: Site) -> tuple[Page, ...]:
    """Pages that are not the host's usual ones, by the guest's nodes."""
    sizes: dict[int, list[int]] = {}
    for number, part in enumerate(guest.numa.cells if guest.numa else ()):
        if part.page_kb is not None and part.page_kb != site.page_kb:
            sizes.setdefault(part.page_kb, []).append(number)
    return tuple(
        Page(size=size, unit="KiB", nodeset=cpu_sets.written(numbers))
        for size, numbers in sorted(sizes.items())
    )


def tuning(guest: GuestSpec, site: Site) -> CpuTune | None:
    """Shares and quotas, pins and realtime."""
    wishes = Wishes.of(guest)
    numa = guest.numa if has_pins(guest, site) else None
    emulator = None if numa is None else _emulator_cpus(guest, numa, site)
    tune = CpuTune(
        shares=wishes.number("quota:cpu_shares"),
        period=wishes.number("quota:cpu_period"),
        quota=wishes.number("quota:cpu_quota"),
        pins=() if numa is None else _pins(numa, site),
        emulator=EmulatorPin(cpuset=emulator) if emulator else None,
        iothreads=(IoThreadPin(iothread=1, cpuset=emulator),) if emulator else (),
        schedulers=_schedulers(guest, site),
    )
    return None if tune == CpuTune() else tune


def realtime(guest: GuestSpec) -> frozenset[int]:
    """Processors of the guest that are never interrupted."""
    found = pinning_of(guest.flavor.extra_specs, guest.image_properties, guest.vcpus)
    return found.realtime


def _pins(numa: GuestNuma, site: Site) -> tuple[VcpuPin, ...]:
    """Each processor on its own one, or floating over those of its node."""
    found: dict[int, str] = {}
    for part in numa.cells:
        floating = cpu_sets.written(site.floating_in(part.host_cell))
        found |= {cpu: floating for cpu in part.cpus if floating}
        found |= {cpu: str(host) for cpu, host in part.pins.items()}
    return tuple(VcpuPin(vcpu=cpu, cpuset=cpuset) for cpu, cpuset in sorted(found.items()))


def _emulator_cpus(guest: GuestSpec, numa: GuestNuma, site: Site) -> str:
    """Its own processor, the shared ones, or those of the guest (if it is a realtime one,
    those that may be interrupted)."""
    if numa.emulator == "isolate":
        return cpu_sets.written(numa.reserved)
    shared = shared_cpus(site.conf)
    if numa.emulator == "share" and shared:
        return shared
    pins, strict = numa.pins, realtime(guest)
    mine = {host for cpu, host in pins.items() if cpu not in strict}
    for part in numa.cells:
        if part.cpus:
            mine |= site.floating_in(part.host_cell)
    return cpu_sets.written(mine)


def _schedulers(guest: GuestSpec, site: Site) -> tuple[VcpuSched, ...]:
    strict = realtime(guest)
    if not strict:
        return ()
    if not has_pins(guest, site):
        raise UnsupportedGuest(what="hw:cpu_realtime", value="without pinned processors")
    priority = site.conf.libvirt.realtime_scheduler_priority
    return (VcpuSched(vcpus=cpu_sets.written(strict), scheduler="fifo", priority=priority),)
