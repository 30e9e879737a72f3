"""Requests and hosts for tests, each with just what a test says."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from nova.conf import new_config
from nova.objects.cloud import RequestSpec
from nova.objects.flavor import Flavor
from nova.scheduler.hosts import HostState, ServiceView
from nova.scheduler.request import GroupView, Request, read

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALIVE = ServiceView(seen=NOW)
KVM = (("x86_64", "kvm", "hvm"), ("i686", "kvm", "hvm"))


def uid(name: str) -> str:
    """The same uuid for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


@cache
def defaults() -> Any:
    """Options that nobody changes: making them takes longer than most tests."""
    return new_config()


def conf_with(**settings: Any) -> Any:
    """Options as `group__option=value`; those of [filter_scheduler] without a group."""
    if not settings:
        return defaults()
    conf = new_config()
    for name, value in settings.items():
        group, _, option = name.rpartition("__")
        named = group or "filter_scheduler"
        conf.set_override(option, value, None if named == "DEFAULT" else named)
    return conf


def flavor(extra_specs: Mapping[str, str] | None = None, **fields: Any) -> Flavor:
    sizes = {"vcpus": 2, "memory_mb": 1024, "root_gb": 10, "ephemeral_gb": 0, "swap": 0}
    return Flavor(**{
        "id": 1, "flavorid": "f1", "name": "small", "rxtx_factor": 1.0, "vcpu_weight": None,
        "disabled": False, "is_public": True, "description": None, "created_at": None,
        "updated_at": None, "extra_specs": dict(extra_specs or {}), **sizes, **fields,
    })


def spec(
    server: str = "server",
    *,
    extra_specs: Mapping[str, str] | None = None,
    properties: Mapping[str, Any] | None = None,
    image: Mapping[str, Any] | None = None,
    sizes: Mapping[str, Any] | None = None,
    **fields: Any,
) -> RequestSpec:
    return RequestSpec(**{
        "instance_uuid": uid(server), "project_id": "p1", "user_id": "u1",
        "flavor": flavor(extra_specs, **(sizes or {})),
        "image": {"id": "i1", "properties": dict(properties or {}), **(image or {})},
        "num_instances": 1, "availability_zone": None, "force_hosts": [], "force_nodes": [],
        "requested_host": None, "requested_node": None, "ignore_hosts": [], "hints": {},
        "group": None, "is_bfv": False, "security_groups": [], "requested_networks": [],
        "requested_resources": [], "limit_cell": None, **fields,
    })


def request(
    *,
    group: GroupView | None = None,
    neighbours: Mapping[str, str] | None = None,
    aliases: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Request:
    return read(spec(**fields), NOW, group, dict(neighbours or {}), aliases or {})


def host(name: str = "h1", **fields: Any) -> HostState:
    """16 VCPUs, 32 GiB, 500 GiB, all free; alive."""
    return HostState(**{
        "uuid": uid(name), "host": name, "nodename": name, "hypervisor_hostname": name,
        "cell_uuid": "c1", "service": ALIVE, "supported_instances": KVM,
        "hypervisor_type": "QEMU", "hypervisor_version": 7002000,
        "vcpus_total": 16, "total_usable_ram_mb": 32768, "free_ram_mb": 32768,
        "total_usable_disk_gb": 500, "free_disk_mb": 512000, "host_ip": "10.0.0.1", **fields,
    })


def in_aggregates(*metadata: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """What `HostState.metadata` is for a host in aggregates with this metadata."""
    merged: dict[str, frozenset[str]] = {}
    for one in metadata:
        for key, value in one.items():
            merged[key] = merged.get(key, frozenset()) | {value}
    return merged
