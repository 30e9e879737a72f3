"""Rows of a cell as host states: the only place that knows what the rows' JSON looks like."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from nova.objects.cloud import Aggregate
from nova.objects.host import ComputeNode
from nova.scheduler import numa
from nova.scheduler.heartbeats import UNKNOWN_SERVICE
from nova.scheduler.hosts import NOTHING, HostState

Supported = tuple[tuple[str, ...], ...]


def host_state(
    row: ComputeNode, cell_uuid: str, shared: dict[Supported, Supported]
) -> HostState:
    """What the row says; service and aggregates are told by others.  `shared` keeps one
    object of equal lists of supported guests."""
    supported, topology = _tuples(row.supported_instances), _value(row.numa_topology)
    stats = _mapping(row.stats)
    return HostState(
        uuid=row.uuid,
        host=row.host,
        nodename=row.hypervisor_hostname,
        cell_uuid=cell_uuid,
        service=UNKNOWN_SERVICE,
        updated=row.updated_at or row.created_at,
        host_ip=row.host_ip,
        hypervisor_type=row.hypervisor_type,
        hypervisor_version=row.hypervisor_version or 0,
        hypervisor_hostname=row.hypervisor_hostname,
        cpu_info=_value(row.cpu_info),
        supported_instances=shared.setdefault(supported, supported),
        stats=MappingProxyType(stats),
        metrics=MappingProxyType(_metrics(row.metrics)),
        pci_pools=_pools(row.pci_stats),
        numa_topology=topology,
        numa_cells=numa.read_cells(topology),
        **_room(row),
        **_counts(row, stats),
    )


def _room(row: ComputeNode) -> dict[str, Any]:
    return {
        "total_usable_ram_mb": row.memory_mb,
        "total_usable_disk_gb": row.local_gb,
        "free_ram_mb": _first(row.free_ram_mb, row.memory_mb - row.memory_mb_used),
        "free_disk_mb": _free_disk_gb(row) * 1024,
        "disk_mb_used": row.local_gb_used * 1024,
        "vcpus_total": row.vcpus,
        "vcpus_used": row.vcpus_used,
        "cpu_allocation_ratio": row.cpu_allocation_ratio or 1.0,
        "ram_allocation_ratio": row.ram_allocation_ratio or 1.0,
        "disk_allocation_ratio": row.disk_allocation_ratio or 1.0,
    }


def _free_disk_gb(row: ComputeNode) -> int:
    """Thin disks may grow: what would be left then counts, when the host knows it."""
    free: int = _first(row.free_disk_gb, row.local_gb - row.local_gb_used)
    least = row.disk_available_least
    return free if least is None else min(free, int(least))


def _counts(row: ComputeNode, stats: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "num_instances": int(_first(stats.get("num_instances"), row.running_vms, 0)),
        "num_io_ops": int(_first(stats.get("io_workload"), row.current_workload, 0)),
        "failed_builds": int(stats.get("failed_builds") or 0),
    }


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _value(value: Any) -> Any:
    """JSON columns may hold text; versioned objects are unwrapped to their fields."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return unwrapped(value)


def unwrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        fields = value.get("nova_object.data", value)
        return {key: unwrapped(inner) for key, inner in fields.items()}
    return [unwrapped(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _mapping(value: Any) -> dict[str, Any]:
    found = _value(value)
    return found if isinstance(found, dict) else {}


def _tuples(value: Any) -> Supported:
    found = _value(value)
    return tuple(tuple(str(part) for part in one) for one in found or () if one)


def _metrics(value: Any) -> dict[str, float]:
    """Rows list {'name', 'value', ...}."""
    found = _value(value)
    metrics = found if isinstance(found, list) else []
    return {one["name"]: float(one["value"]) for one in metrics if one.get("value") is not None}


def _pools(value: Any) -> tuple[Mapping[str, Any], ...]:
    """A list of pools, or a versioned list object around it."""
    found = _value(value)
    pools = found.get("objects", ()) if isinstance(found, dict) else found
    return tuple(pools or ())


class Memberships:
    """What aggregates say of each host."""

    def __init__(self, aggregates: Sequence[Aggregate], default_zone: str) -> None:
        self._default_zone = default_zone
        self._of: dict[str, list[Aggregate]] = {}
        self._merged: dict[tuple[str, ...], Mapping[str, frozenset[str]]] = {(): NOTHING}
        for aggregate in aggregates:
            for host in aggregate.hosts:
                self._of.setdefault(host, []).append(aggregate)

    def zone(self, host: str) -> str:
        zones = (found.metadata.get("availability_zone") for found in self._of.get(host, ()))
        return next((zone for zone in zones if zone), self._default_zone)

    def uuids(self, host: str) -> tuple[str, ...]:
        return tuple(found.uuid for found in self._of.get(host, ()))

    def metadata(self, host: str) -> Mapping[str, frozenset[str]]:
        """{key: values}; hosts of the same aggregates share one mapping."""
        uuids = self.uuids(host)
        if uuids not in self._merged:
            self._merged[uuids] = MappingProxyType(_merge(self._of[host]))
        return self._merged[uuids]


def said_by(aggregates: Iterable[Aggregate]) -> object:
    """Equal when aggregates say the same of the same hosts."""
    return [(one.uuid, list(one.hosts), dict(one.metadata)) for one in aggregates]


def _merge(aggregates: Iterable[Aggregate]) -> dict[str, frozenset[str]]:
    merged: dict[str, frozenset[str]] = {}
    for aggregate in aggregates:
        for key, value in aggregate.metadata.items():
            merged[key] = merged.get(key, frozenset()) | {value}
    return merged
