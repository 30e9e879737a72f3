"""How memory nodes are kept in records: as the versioned objects that upstream keeps."""

from collections.abc import Iterable, Mapping
from typing import Any

from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.topology.host import CellUse

_DATA = "nova_object.data"


def as_object(name: str, version: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nova_object.name": name,
        "nova_object.namespace": "nova",
        "nova_object.version": version,
        _DATA: dict(data),
    }


def guest_to_json(guest: GuestNuma | None, uuid: str) -> dict[str, Any] | None:
    """`id` of a cell is the host's once the guest is placed."""
    if guest is None:
        return None
    cells = [_guest_cell(guest, number, cell) for number, cell in enumerate(guest.cells)]
    return as_object(
        "InstanceNUMATopology",
        "1.3",
        {"cells": cells, "instance_uuid": uuid, "emulator_threads_policy": guest.emulator,
         "network_metadata": _networks(guest.networks, guest.tunneled)},
    )


def guest_from_json(value: Any) -> GuestNuma | None:
    if not value:
        return None
    data = opened(value)
    cells = [opened(one) for one in data.get("cells", ())]
    if not cells:
        return None
    first, networks = cells[0], opened(data.get("network_metadata") or {})
    return GuestNuma(
        cells=tuple(_cell_read(one) for one in cells),
        policy=first.get("cpu_policy"),
        threads=first.get("cpu_thread_policy"),
        emulator=data.get("emulator_threads_policy"),
        networks=frozenset(networks.get("physnets") or ()),
        tunneled=bool(networks.get("tunneled")),
    )


def host_to_json(cells: Iterable[CellUse]) -> dict[str, Any]:
    return as_object("NUMATopology", "1.2", {"cells": [_host_cell(cell) for cell in cells]})


def opened(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = value.get(_DATA, value)
    return found


def _guest_cell(guest: GuestNuma, number: int, cell: GuestCell) -> dict[str, Any]:
    placed = cell.host_cell is not None
    return as_object(
        "InstanceNUMACell",
        "1.6",
        {
            "id": cell.host_cell if placed else number,
            "cpuset": sorted(cell.cpus),
            "pcpuset": sorted(cell.pinned),
            "memory": cell.memory_mb,
            "pagesize": cell.page_kb,
            "cpu_pinning_raw": {str(k): v for k, v in cell.pins.items()} or None,
            "cpu_topology": _shape(cell),
            "cpu_policy": guest.policy,
            "cpu_thread_policy": guest.threads,
            "cpuset_reserved": sorted(cell.reserved) or None,
            "placed": placed,
        },
    )


def _cell_read(one: Mapping[str, Any]) -> GuestCell:
    pins = {int(k): int(v) for k, v in (one.get("cpu_pinning_raw") or {}).items()}
    return GuestCell(
        cpus=frozenset(one.get("cpuset") or ()),
        pinned=frozenset(one.get("pcpuset") or ()),
        memory_mb=int(one["memory"]),
        page_kb=one.get("pagesize"),
        host_cell=int(one["id"]) if one.get("placed", bool(pins)) else None,
        pins=pins,
        reserved=frozenset(one.get("cpuset_reserved") or ()),
        core_threads=opened(one.get("cpu_topology") or {}).get("threads") or 1,
    )


def _shape(cell: GuestCell) -> dict[str, Any] | None:
    threads = cell.core_threads
    if threads < 2:
        return None
    cores = len(cell.pinned) // threads
    return as_object("VirtCPUTopology", "1.0", {"sockets": 1, "cores": cores, "threads": threads})


def _host_cell(cell: CellUse) -> dict[str, Any]:
    pages = [
        as_object(
            "NUMAPagesTopology",
            "1.1",
            {"size_kb": p.size_kb, "total": p.total, "used": p.used, "reserved": p.reserved},
        )
        for p in cell.pages
    ]
    return as_object(
        "NUMACell",
        "1.5",
        {
            "id": cell.id,
            "cpuset": sorted(cell.shared),
            "pcpuset": sorted(cell.dedicated),
            "memory": cell.memory_mb,
            "cpu_usage": cell.cpu_usage,
            "memory_usage": cell.memory_usage,
            "pinned_cpus": sorted(cell.taken),
            "siblings": [sorted(core) for core in cell.cores],
            "mempages": pages,
            "socket": cell.socket,
            "network_metadata": _networks(cell.physnets, cell.tunneled),
        },
    )


def _networks(physical: Iterable[str], tunneled: bool) -> dict[str, Any]:
    found = {"physnets": sorted(physical), "tunneled": tunneled}
    return as_object("NetworkMetadata", "1.0", found)
