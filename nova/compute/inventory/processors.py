"""Which of a host's processors are for guests that float, and which for pinned ones."""

from collections.abc import Iterable

from oslo_config import cfg

from nova.errors import ConfigurationFailure, NovaError
from nova.virt.contract.numa import HostCell, HostPages
from nova.virt.topology import cpu_sets
from nova.virt.topology.host import CellUse, PageUse


def shared_and_dedicated(
    conf: cfg.ConfigOpts, online: frozenset[int]
) -> tuple[frozenset[int], frozenset[int]]:
    """As the options say; without any, all float.  Raises ConfigurationFailure."""
    dedicated = _named(conf.compute.cpu_dedicated_set, "[compute]cpu_dedicated_set", online)
    shared = _named(conf.compute.cpu_shared_set, "[compute]cpu_shared_set", online)
    old = _named(conf.vcpu_pin_set, "[DEFAULT]vcpu_pin_set", online)
    if old and dedicated:
        raise ConfigurationFailure(
            reason="[DEFAULT]vcpu_pin_set and [compute]cpu_dedicated_set exclude each other"
        )
    if shared & dedicated:
        raise ConfigurationFailure(
            reason="[compute]cpu_shared_set and cpu_dedicated_set have processors in common"
        )
    return shared or old or online - dedicated, dedicated


def cells_of(conf: cfg.ConfigOpts, cells: Iterable[HostCell]) -> tuple[CellUse, ...]:
    """The memory nodes as guests may use them, with nobody there.  Nodes without
    processors for guests are left out."""
    listed = tuple(cells)
    online = frozenset[int]().union(*(cell.cpus for cell in listed))
    shared, dedicated = shared_and_dedicated(conf, online)
    reserved = reserved_pages(conf)
    found = (
        CellUse(
            id=cell.id,
            shared=cell.cpus & shared,
            dedicated=cell.cpus & dedicated,
            memory_mb=cell.memory_mb,
            pages=tuple(_pages(cell.id, pages, reserved) for pages in cell.pages),
            cores=cell.cores,
            socket=cell.socket,
            physnets=_networks(conf, cell.id),
            tunneled=cell.id in _tunnel_cells(conf),
        )
        for cell in listed
    )
    return tuple(cell for cell in found if cell.shared or cell.dedicated)


def reserved_pages(conf: cfg.ConfigOpts) -> dict[tuple[int, int], int]:
    """[DEFAULT]reserved_huge_pages as {(node, KiB): count}."""
    found = {}
    for entry in conf.reserved_huge_pages or ():
        try:
            found[int(entry["node"]), int(entry["size"])] = int(entry["count"])
        except (KeyError, ValueError):
            raise ConfigurationFailure(
                reason=f"[DEFAULT]reserved_huge_pages: {entry} needs node, size and count"
            ) from None
    return found


def _pages(cell: int, pages: HostPages, reserved: dict[tuple[int, int], int]) -> PageUse:
    kept = reserved.get((cell, pages.size_kb), 0)
    return PageUse(pages.size_kb, pages.total, reserved=kept)


def _named(text: str | None, option: str, online: frozenset[int]) -> frozenset[int]:
    if not text:
        return frozenset()
    try:
        cpus = cpu_sets.parse(text)
    except NovaError as error:
        raise ConfigurationFailure(reason=f"{option}: {error.message}") from None
    if not cpus <= online:
        strange = cpu_sets.written(cpus - online)
        raise ConfigurationFailure(reason=f"{option}: {strange} is not online")
    return cpus


def _networks(conf: cfg.ConfigOpts, cell: int) -> frozenset[str]:
    """[neutron_physnet_X]numa_nodes"""
    groups = {name: f"neutron_physnet_{name}" for name in conf.neutron.physnets}
    return frozenset(
        name for name, group in groups.items() if group in conf and cell in conf[group].numa_nodes
    )


def _tunnel_cells(conf: cfg.ConfigOpts) -> frozenset[int]:
    return frozenset(conf.neutron_tunnel.numa_nodes)
