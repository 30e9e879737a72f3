"""Hosts as they were looked at before there were services and hypervisors: /os-hosts."""

from collections import defaultdict
from typing import Any

from nova.core.call import Call, Handler, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import ANYTHING, Field, obj, one_of, query, string
from nova.core.view import before
from nova.errors import Unsupported
from nova.microversions import HOSTS_GONE
from nova.objects.host import Service
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import ComputeHostNotFound, HostMappingNotFound
from nova.objects.store.page import Page
from nova.resources.services.held_back import change
from nova.resources.services.lookup import all_services
from nova.resources.services.zones import COMPUTE, read_zones
from nova.seams import ApiSeams

OLD_RULE = ("os_compute_api:os-hosts", "rule:admin_api")
UNTIL = before(HOSTS_GONE)
_SWITCH = one_of("enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE")
UPDATE = obj(
    Field("status", _SWITCH), Field("maintenance_mode", _SWITCH),
    anyOf=[{"required": ["status"]}, {"required": ["maintenance_mode"]}],
)


class MaintenanceUnsupported(Unsupported):
    template = "Virt driver does not implement host maintenance mode."


class PowerUnsupported(Unsupported):
    template = "Virt driver does not implement host power management."


def _list(call: Call[ApiSeams]) -> Any:
    zones, wanted = read_zones(call.seams.conf, call.seams.stores), call.parameter("zone")
    return {"hosts": [
        {"host_name": each.host, "service": _kind(each), "zone": zones.of_service(each)}
        for each in all_services(call).services
        if not wanted or wanted == zones.of_service(each)
    ]}


def _kind(service: Service) -> str:
    return service.topic or service.binary.removeprefix("nova-")


def _compute(call: Call[ApiSeams]) -> tuple[CellStore, Service]:
    host, stores = call.params["id"], call.seams.stores
    try:
        cell = stores.cell(stores.api.hosts.cell_of(host))
    except HostMappingNotFound:
        raise ComputeHostNotFound(host=host) from None
    for service in cell.services.find(host=host, binary=COMPUTE):
        return cell, service
    raise ComputeHostNotFound(host=host)


def _show(call: Call[ApiSeams]) -> Any:
    """What the host has, what is used as it says, and what its servers were promised."""
    cell, service = _compute(call)
    nodes = cell.nodes.find(host=service.host)
    servers = cell.instances.find(
        InstanceFilter(exact={"host": service.host}), Page(), detail=False
    )
    rows = {
        "(total)": _amounts(nodes, "vcpus", "memory_mb", "local_gb"),
        "(used_now)": _amounts(nodes, "vcpus_used", "memory_mb_used", "local_gb_used"),
        "(used_max)": _promised(servers),
        **{project: _promised(owned) for project, owned in _by_project(servers).items()},
    }
    return {"host": [
        {"resource": {"host": service.host, "project": project, **amounts}}
        for project, amounts in rows.items()
    ]}


def _amounts(records: list[Any], cpu: str, memory: str, *disks: str) -> dict[str, int]:
    def total(name: str) -> int:
        return sum(getattr(record, name) or 0 for record in records)

    return {
        "cpu": total(cpu), "memory_mb": total(memory), "disk_gb": sum(map(total, disks)),
    }


def _promised(servers: list[Instance]) -> dict[str, int]:
    return _amounts(servers, "vcpus", "memory_mb", "root_gb", "ephemeral_gb")


def _by_project(servers: list[Instance]) -> dict[str, list[Instance]]:
    found: dict[str, list[Instance]] = defaultdict(list)
    for server in servers:
        found[server.project_id or ""].append(server)
    return found


def _update(call: Call[ApiSeams]) -> Any:
    cell, service = _compute(call)
    if "maintenance_mode" in call.body:
        raise MaintenanceUnsupported
    disabled = call.body["status"].lower() == "disable"
    change(call, cell, service, {"disabled": disabled, "disabled_reason": None})
    return {"host": service.host, "status": "disabled" if disabled else "enabled"}


def _power(call: Call[ApiSeams]) -> Any:
    """No hypervisor here turns its own machine on or off."""
    _compute(call)
    raise PowerUnsupported


def _get(path: str, handler: Handler, rule: str, purpose: str) -> Route:
    policy = Policy(f"os-hosts:{rule}", ADMIN, purpose, deprecated=OLD_RULE)
    shape = query(Field("zone", string()), closed=False) if path == _ALL else ANYTHING
    return Route("GET", path, handler, policy, query=shape, until=UNTIL)


_ALL, _ONE = "/os-hosts", "/os-hosts/{id}"
routes = (
    _get(_ALL, _list, "list", "List hosts"),
    _get(_ONE, _show, "show", "Show what a host has and what is used of it"),
    Route(
        "PUT", _ONE, _update,
        Policy("os-hosts:update", ADMIN, "Enable or disable a host", deprecated=OLD_RULE),
        body=UPDATE, until=UNTIL,
    ),
    _get(f"{_ONE}/reboot", _power, "reboot", "Reboot a host"),
    _get(f"{_ONE}/shutdown", _power, "shutdown", "Shut a host down"),
    _get(f"{_ONE}/startup", _power, "start", "Start a host"),
)
