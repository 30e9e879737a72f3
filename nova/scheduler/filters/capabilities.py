"""Extra specs compared with what the host says of itself."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.hosts import HostState
from nova.scheduler.operators import matches
from nova.scheduler.request import Request

SCOPE = "capabilities"
ADDRESS_BITS = "hw:maxphysaddr_bits"
# Names of the contract that are attributes of a host under another name here.
ALIASES = {
    "pci_stats": "pci_pools",
    "pci_device_pools": "pci_pools",
    "supported_hv_specs": "supported_instances",
    "vcpus": "vcpus_total",
    "memory_mb": "total_usable_ram_mb",
    "local_gb": "total_usable_disk_gb",
    "running_vms": "num_instances",
    "id": "uuid",
}
# How the names of what hosts count begin; no other key is worth asking each host.
COUNTED = ("num_", "io_workload", "failed_builds")
# Attributes that are no part of the contract: an extra spec of such a name is about something
# else, an aggregate's metadata for one.
OURS = frozenset({"zone", "metadata", "images", "packed", "pci_pools", "numa_cells"})
NAMES = frozenset(field.name for field in fields(HostState)) - OURS
_MISSING = object()


class ComputeCapabilitiesFilter(Filter):
    """Keys without a scope are ignored when no host knows them: other parts read those."""

    def check(self, request: Request) -> Check | None:
        wanted = [*_wanted(request.extra_specs)]
        if not wanted:
            return None

        def check(host: HostState) -> Refusal | None:
            for path, scoped, value in wanted:
                found = reach(host, path)
                unknown = found is _MISSING or found is None
                if unknown and not scoped:
                    continue
                if unknown or not matches(found, value):
                    return _refusal(path, value, found)
            return None

        return check


def _wanted(specs: Mapping[str, str]) -> list[tuple[tuple[str, ...], bool, str]]:
    """(path into the host, whether it was scoped, wanted value) of each spec that concerns us."""
    found: list[tuple[tuple[str, ...], bool, str]] = []
    for key, value in specs.items():
        scope, _, rest = key.partition(":")
        if key == ADDRESS_BITS:
            found.append((("cpu_info", "maxphysaddr", "bits"), True, f">= {value}"))
        elif key in NAMES or (":" not in key and key.startswith(COUNTED)):
            found.append(((key,), False, value))
        elif rest and scope == SCOPE:
            found.append((tuple(rest.split(":")), True, value))
    return found


def reach(host: HostState, path: tuple[str, ...]) -> Any:
    """The value at a path of names: an attribute, or else one of the host's stats, then keys
    of JSON below it."""
    known = path[0] in NAMES or path[0] in ALIASES
    here: Any = getattr(host, ALIASES.get(path[0], path[0])) if known else None
    if here is None:
        here = host.stats.get(path[0], _MISSING)
    for step in path[1:]:
        here = _inside(here, step)
    return here


def _inside(value: Any, step: str) -> Any:
    if isinstance(value, str):
        value = _parsed(value)
    return value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _MISSING


def _refusal(path: tuple[str, ...], wanted: str, found: Any) -> Refusal:
    return Refusal(
        f"its capability {':'.join(path)} is not what the flavor wants",
        asked=wanted,
        free=None if found is _MISSING else str(found),
    )
