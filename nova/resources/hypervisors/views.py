"""Hypervisors as administrators see them."""

import json
from collections.abc import Iterable
from typing import Any

from nova.core.call import Call
from nova.core.view import Shown, before, view
from nova.microversions import (
    CPU_INFO_OBJECT,
    HYPERVISOR_UPTIME,
    SERVICE_UUIDS,
    STRICT_PARAMETERS,
)
from nova.objects.guest_name import guest_name
from nova.resources.hypervisors.found import Hypervisor
from nova.resources.services.listing import status_of
from nova.resources.services.liveness import state_of
from nova.seams import ApiSeams

_SHORT: tuple[Shown[Hypervisor], ...] = (
    Shown("id", lambda h: h.node.id, until=before(SERVICE_UUIDS)),
    Shown("id", lambda h: h.node.uuid, since=SERVICE_UUIDS),
    Shown("hypervisor_hostname", lambda h: h.node.hypervisor_hostname),
    Shown("status", lambda h: status_of(h.service)),
)
_CAPACITY = (
    "current_workload", "disk_available_least", "free_disk_gb", "free_ram_mb", "local_gb",
    "local_gb_used", "memory_mb", "memory_mb_used", "running_vms", "vcpus", "vcpus_used",
)


def _column(name: str) -> Any:
    return lambda hypervisor: getattr(hypervisor.node, name)


def _service(hypervisor: Hypervisor, key: int | str) -> dict[str, Any]:
    service = hypervisor.service
    return {"id": key, "host": service.host, "disabled_reason": service.disabled_reason}


_WITH_CAPACITY = before(HYPERVISOR_UPTIME)
_FULL: tuple[Shown[Hypervisor], ...] = (
    *_SHORT,
    Shown("hypervisor_type", _column("hypervisor_type")),
    Shown("hypervisor_version", _column("hypervisor_version")),
    Shown("host_ip", _column("host_ip")),
    Shown("service", lambda h: _service(h, h.service.id), until=before(SERVICE_UUIDS)),
    Shown("service", lambda h: _service(h, h.service.uuid), since=SERVICE_UUIDS),
    Shown("cpu_info", lambda h: json.dumps(h.node.cpu_info or {}), until=before(CPU_INFO_OBJECT)),
    Shown("cpu_info", lambda h: h.node.cpu_info or {}, CPU_INFO_OBJECT, _WITH_CAPACITY),
    *(Shown(name, _column(name), until=_WITH_CAPACITY) for name in _CAPACITY),
    Shown("uptime", lambda h: h.uptime, since=HYPERVISOR_UPTIME),
)


def short(call: Call[ApiSeams], hypervisor: Hypervisor) -> dict[str, Any]:
    return _seen(call, hypervisor, _SHORT)


def full(call: Call[ApiSeams], hypervisor: Hypervisor) -> dict[str, Any]:
    return _seen(call, hypervisor, _FULL)


def _seen(
    call: Call[ApiSeams], hypervisor: Hypervisor, shown: Iterable[Shown[Hypervisor]]
) -> dict[str, Any]:
    state = state_of(hypervisor.service, call.seams.clock.now(), call.seams.conf)
    answer = view(shown, hypervisor, call.version) | {"state": state}
    servers = hypervisor.servers
    # An empty list was left out before STRICT_PARAMETERS.
    if servers or (servers is not None and call.has(STRICT_PARAMETERS)):
        template = call.seams.conf.instance_name_template
        answer["servers"] = [
            {"uuid": server.uuid, "name": guest_name(template, server)} for server in servers
        ]
    return answer
