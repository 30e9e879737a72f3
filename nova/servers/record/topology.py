"""Which memory and processors a server was given, as it sees them; administrators also see
which of its host's those are."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, READER, Policy
from nova.core.shape import NO_QUERY
from nova.microversions import TOPOLOGY
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.load import find_for, target_of

SHOW = Policy("compute:server:topology:index", READER, "Show the memory nodes of a server")
SHOW_HOST = Policy(
    "compute:server:topology:host:index", ADMIN, "Show where on its host a server's nodes are"
)


def show(call: Call[ApiSeams]) -> dict[str, Any]:
    instance = find_for(call, SHOW, "server_id").instance
    with_host = call.allows(SHOW_HOST, target_of(instance))
    cells = _cells(instance)
    return {
        "nodes": [_node(cell, with_host) for cell in cells],
        "pagesize_kb": cells[0].get("pagesize") if cells else None,
    }


def _cells(instance: Instance) -> list[Mapping[str, Any]]:
    kept = instance.numa_topology if instance.known("numa_topology") else None
    return [_opened(one) for one in _opened(kept or {}).get("cells", ())]


def _opened(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept is a versioned object."""
    found: Mapping[str, Any] = value.get("nova_object.data", value)
    return found


def _node(cell: Mapping[str, Any], with_host: bool) -> dict[str, Any]:
    cpus = sorted({*(cell.get("cpuset") or ()), *(cell.get("pcpuset") or ())})
    node: dict[str, Any] = {
        "memory_mb": cell["memory"],
        "siblings": _siblings(cell, cpus),
        "vcpu_set": cpus,
    }
    if with_host:
        pins = cell.get("cpu_pinning_raw") or {}
        node["host_node"] = cell["id"]
        node["cpu_pinning"] = {str(cpu): int(pin) for cpu, pin in pins.items()}
    return node


def _siblings(cell: Mapping[str, Any], cpus: list[int]) -> list[list[int]]:
    """Threads of one core; nothing when each core has one thread."""
    threads = _opened(cell.get("cpu_topology") or {}).get("threads") or 1
    if threads < 2:
        return []
    return [cpus[at : at + threads] for at in range(0, len(cpus) - threads + 1, threads)]


ROUTES = (
    Route("GET", "/servers/{server_id}/topology", show, query=NO_QUERY, since=TOPOLOGY,
          policies=(SHOW, SHOW_HOST)),
)
