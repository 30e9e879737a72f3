"""GET /limits: what a project may have, and what it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, ANYONE, Policy
from nova.core.shape import Field, query, string
from nova.core.view import Shown, before, view
from nova.microversions import (
    IMAGE_METADATA_GONE,
    PERSONALITY_GONE,
    PROXIES_GONE,
    STRICT_PARAMETERS,
)
from nova.objects.store.cell import Usage
from nova.resources.quotas.limits import UNLIMITED, limits_of
from nova.resources.quotas.usage import servers_of
from nova.seams import ApiSeams

LIMITS = Policy("limits", ANYONE, "Show rate and absolute limits of the own project")
OTHER_PROJECT = Policy(
    "limits:other_project", ADMIN, "Show the limits of another project",
    deprecated=("os_compute_api:os-used-limits", "rule:admin_api"),
)


@dataclass(frozen=True)
class Standing:
    """The limits of a project and how far it is."""

    limits: Mapping[str, int]
    used: Usage
    groups: int


def _limit(resource: str) -> Any:
    return lambda standing: standing.limits[resource]


_NETWORK = before(PROXIES_GONE)
_FILES = before(PERSONALITY_GONE)
_ABSOLUTE: tuple[Shown[Standing], ...] = (
    Shown("maxServerMeta", _limit("metadata_items")),
    Shown("maxTotalInstances", _limit("instances")),
    Shown("maxTotalCores", _limit("cores")),
    Shown("maxTotalRAMSize", _limit("ram")),
    Shown("maxTotalKeypairs", _limit("key_pairs")),
    Shown("maxServerGroups", _limit("server_groups")),
    Shown("maxServerGroupMembers", _limit("server_group_members")),
    Shown("totalInstancesUsed", lambda s: s.used.instances),
    Shown("totalCoresUsed", lambda s: s.used.vcpus),
    Shown("totalRAMUsed", lambda s: s.used.memory_mb),
    Shown("totalServerGroupsUsed", lambda s: s.groups),
    Shown("maxImageMeta", _limit("metadata_items"), until=before(IMAGE_METADATA_GONE)),
    Shown("maxPersonality", _limit("injected_files"), until=_FILES),
    Shown("maxPersonalitySize", _limit("injected_file_content_bytes"), until=_FILES),
    # The network service keeps these limits.
    Shown("maxSecurityGroups", lambda s: UNLIMITED, until=_NETWORK),
    Shown("maxSecurityGroupRules", lambda s: UNLIMITED, until=_NETWORK),
    Shown("maxTotalFloatingIps", lambda s: UNLIMITED, until=_NETWORK),
    Shown("totalSecurityGroupsUsed", lambda s: 0, until=_NETWORK),
    Shown("totalFloatingIpsUsed", lambda s: 0, until=_NETWORK),
)


def _show(call: Call[ApiSeams]) -> Any:
    project_id = call.context.project_id or ""
    asked = call.parameter("tenant_id")
    if asked is not None:
        call.enforce(OTHER_PROJECT, {"project_id": asked, "user_id": call.context.user_id})
        project_id = asked
    standing = Standing(
        limits_of(call, project_id),
        servers_of(call, project_id),
        call.seams.stores.api.groups.count(project_id),
    )
    return {"limits": {"rate": [], "absolute": view(_ABSOLUTE, standing, call.version)}}


ROUTES = (
    Route(
        "GET", "/limits", _show, LIMITS,
        query=query(Field("tenant_id", string()), closed=STRICT_PARAMETERS),
        policies=(OTHER_PROJECT,),
    ),
)
