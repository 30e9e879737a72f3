"""What a list of servers may be narrowed and ordered by, and by whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from oslo_utils import strutils

from nova.core.call import Call
from nova.core.formats import parse_time
from nova.core.policy import ADMIN, Policy
from nova.core.shape import LIMIT, MARKER, Field, Versioned, one_of, query, raw, string
from nova.core.states import VmState, states_of
from nova.errors import Refused
from nova.microversions import (
    BASE,
    CHANGES_BEFORE,
    IP6_FILTER,
    LOCK_REASON,
    MORE_FILTERS,
    SERVER_TAGS,
    STATUS_CHECKED,
    STRICT_PARAMETERS,
)
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.errors import FlavorNotFound
from nova.seams import ApiSeams

ALL_FILTERS = Policy("servers:allow_all_filters", ADMIN, "Use every filter of the list of servers")

_SORT = (
    "access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive",
    "created_at", "display_description", "display_name", "host", "hostname", "image_ref",
    "instance_type_id", "kernel_id", "key_name", "launch_index", "launched_at", "locked_by",
    "node", "power_state", "progress", "project_id", "ramdisk_id", "root_device_name",
    "task_state", "terminated_at", "updated_at", "user_id", "uuid", "vm_state",
)
# Accepted and without effect until parameters became strict.
SORT_IGNORED = (
    "architecture", "cell_name", "cleaned", "default_ephemeral_device", "default_swap_device",
    "deleted", "deleted_at", "disable_terminate", "ephemeral_gb", "ephemeral_key_uuid", "id",
    "key_data", "launched_on", "locked", "memory_mb", "os_type", "reservation_id", "root_gb",
    "shutdown_terminate", "user_data", "vcpus", "vm_mode",
)
_PLAIN = (
    "user_id", "project_id", "tenant_id", "launch_index", "image_ref", "image", "vm_state",
    "task_state", "host", "uuid", "all_tenants", "soft_deleted", "deleted", "status",
    "block_device_mapping", "services", "metadata", "system_metadata", "info_cache",
    "security_groups", "pci_devices",
)
_PATTERNS = (
    "kernel_id", "ramdisk_id", "hostname", "key_name", "power_state", "node", "flavor",
    "reservation_id", "launched_at", "terminated_at", "availability_zone", "name",
    "display_name", "description", "display_description", "locked_by", "root_device_name",
    "config_drive", "access_ip_v4", "access_ip_v6", "auto_disk_config", "progress", "ip", "ip6",
    "created_at",
)
_REGEX = string(format="regex")
_TIME = string(format="date-time")
_TAGS = ("tags", "tags-any", "not-tags", "not-tags-any")
QUERY = query(
    *(Field(name, string()) for name in _PLAIN),
    *(Field(name, _REGEX) for name in _PATTERNS),
    Field("sort_key", Versioned((
        (BASE, one_of(*_SORT, *SORT_IGNORED)), (STRICT_PARAMETERS, one_of(*_SORT, "locked")),
    ))),
    Field("sort_dir", string()),
    Field("changes-since", _TIME),
    LIMIT,
    MARKER,
    *(Field(name, _REGEX, since=SERVER_TAGS) for name in _TAGS),
    Field("changes-before", _TIME, since=CHANGES_BEFORE),
    Field("locked", string(), since=LOCK_REASON),
    closed=STRICT_PARAMETERS,
    patterns={"^_": raw(type="array", items={"type": "string"})},
)

# What anybody may filter by, and from when.
_FOR_ALL: Mapping[str, Any] = {
    **dict.fromkeys(
        ("reservation_id", "name", "status", "image", "flavor", "ip", "changes-since",
         "all_tenants"), BASE,
    ),
    "ip6": IP6_FILTER,
    **dict.fromkeys(_TAGS, SERVER_TAGS),
    "changes-before": CHANGES_BEFORE,
    "locked": LOCK_REASON,
    **dict.fromkeys(
        ("availability_zone", "config_drive", "key_name", "created_at", "launched_at",
         "terminated_at", "power_state", "task_state", "vm_state", "progress", "user_id"),
        MORE_FILTERS,
    ),
}
_INTERNAL = (
    "block_device_mapping", "services", "metadata", "system_metadata", "info_cache",
    "security_groups", "pci_devices",
)
_RENAMED = {
    "name": "display_name", "image": "image_ref", "tenant_id": "project_id",
    "description": "display_description",
}
_EXACT = (
    "project_id", "user_id", "image_ref", "vm_state", "host", "task_state", "uuid",
    "launch_index", "auto_disk_config", "power_state", "progress",
)
_NUMBERS = ("launch_index", "power_state", "progress")
_NUMBER = re.compile(r"^-?[0-9]{1,9}$", re.ASCII)
_NO_NUMBER = -(2**31)
_LATER = "The value of changes-since must be less than or equal to changes-before."


@dataclass(frozen=True)
class Asked:
    """A filter, or the knowledge that nothing can fit."""

    wanted: InstanceFilter = field(default_factory=InstanceFilter)
    nothing: bool = False


def asked_filter(call: Call[ApiSeams], all_tenants: Policy) -> Asked:
    """Of the call's query; refuses what the caller may not ask, or what makes no sense."""
    given = _allowed(call)
    wanted = InstanceFilter(project_id=_project(call, given, all_tenants))
    wanted = _deleted(call, given, wanted)
    wanted = _times(given, wanted)
    wanted = _tags(given, wanted)
    wanted = replace(wanted, locked=_flag(given.pop("locked", None)),
                     ip=given.pop("ip", None), ip6=given.pop("ip6", None))
    asked = _status(call, given, Asked(wanted))
    asked = _flavor(call, given, asked)
    return replace(asked, wanted=_columns(given, asked.wanted))


def _allowed(call: Call[ApiSeams]) -> dict[str, str]:
    paging = ("limit", "marker", "sort_key", "sort_dir")
    given = {k: v[-1] for k, v in call.query.items() if v and k not in paging}
    if not call.allows(ALL_FILTERS):
        return {k: v for k, v in given.items() if k in _FOR_ALL and call.has(_FOR_ALL[k])}
    for name in given:
        if name in _INTERNAL or name.startswith("_"):
            raise Refused(code=400, message=f"Invalid filter field: {name}.")
    return given


def _project(
    call: Call[ApiSeams], given: dict[str, str], all_tenants: Policy
) -> str | None:
    """None for all projects.  Who does not ask for all gets the own one, whichever is named."""
    tenant, project = given.pop("tenant_id", None), given.pop("project_id", None)
    wish = given.pop("all_tenants", None)
    if wish is not None and _truth(wish or "true"):
        call.enforce(all_tenants)
        return tenant or project
    return call.context.project_id


def _truth(text: str) -> bool:
    try:
        return bool(strutils.bool_from_string(text, strict=True))
    except ValueError as error:
        raise Refused(code=400, message=f"Invalid input received: {error}") from None


def _flag(text: str | None) -> bool | None:
    return None if text is None else bool(strutils.bool_from_string(text))


def _deleted(
    call: Call[ApiSeams], given: dict[str, str], wanted: InstanceFilter
) -> InstanceFilter:
    """With changes-since or -before deleted ones are shown too; `deleted` is for administrators."""
    soft = given.pop("soft_deleted", None)
    if soft is not None and _flag(soft):
        given["vm_state"] = VmState.SOFT_DELETED.value
        return replace(wanted, deleted=None)
    if "deleted" in given:
        return replace(wanted, deleted=bool(_flag(given.pop("deleted"))))
    if "changes-since" in given or "changes-before" in given:
        return replace(wanted, deleted=None)
    return wanted


def _times(given: dict[str, str], wanted: InstanceFilter) -> InstanceFilter:
    since, before = _moment(given, "changes-since"), _moment(given, "changes-before")
    if since and before and since > before:
        raise Refused(code=400, message=_LATER)
    return replace(wanted, changes_since=since, changes_before=before)


def _moment(given: dict[str, str], name: str) -> datetime | None:
    text = given.pop(name, None)
    return None if text is None else parse_time(text)


def _tags(given: dict[str, str], wanted: InstanceFilter) -> InstanceFilter:
    lists: dict[str, Any] = {
        name.replace("-", "_"): tuple(given.pop(name).split(",")) for name in _TAGS if name in given
    }
    return replace(wanted, **lists) if lists else wanted


def _status(call: Call[ApiSeams], given: dict[str, str], asked: Asked) -> Asked:
    word = given.pop("status", None)
    if word is None:
        return asked
    statuses = call.query.get("status", [word])
    states = [pair for one in statuses for pair in states_of(one)]
    if not states:
        if call.has(STATUS_CHECKED):
            raise Refused(code=400, message="Invalid status value")
        return replace(asked, nothing=True)
    wanted = asked.wanted
    if any(vm_state == VmState.DELETED for vm_state, _ in states):
        if not call.context.is_admin:
            raise Refused(code=403, message="Only administrators may list deleted instances")
        wanted = replace(wanted, deleted=True)
    return replace(asked, wanted=replace(wanted, states=_plain(states)))


def _plain(
    states: list[tuple[VmState, Any]]
) -> tuple[tuple[str, tuple[str, ...] | None], ...]:
    return tuple(
        (vm_state.value, None if tasks is None else tuple(t.value for t in tasks))
        for vm_state, tasks in states
    )


def _flavor(call: Call[ApiSeams], given: dict[str, str], asked: Asked) -> Asked:
    flavor_id = given.pop("flavor", None)
    if flavor_id is None:
        return asked
    try:
        flavor = call.seams.stores.api.flavors.get(flavor_id)
    except FlavorNotFound:
        return replace(asked, nothing=True)
    exact = {**asked.wanted.exact, "instance_type_id": flavor.id}
    return replace(asked, wanted=replace(asked.wanted, exact=exact))


def _columns(given: dict[str, str], wanted: InstanceFilter) -> InstanceFilter:
    exact, matching = dict(wanted.exact), dict(wanted.matching)
    for name, text in given.items():
        column = _RENAMED.get(name, name)
        if column == "config_drive":
            exact[column] = "True" if _flag(text) else [None, ""]
        elif column in _NUMBERS:
            exact[column] = _number(text)
        elif column == "auto_disk_config":
            exact[column] = bool(_flag(text))
        elif column in _EXACT:
            exact[column] = text
        elif name in _PATTERNS:
            matching[column] = text
    return replace(wanted, exact=exact, matching=matching)


def _number(text: str) -> int:
    """What is no number that a column holds fits no server."""
    return int(text) if _NUMBER.match(text) else _NO_NUMBER
