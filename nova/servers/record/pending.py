"""Servers that were asked for and have no cell yet: they lead every list."""

import re
from collections.abc import Callable
from typing import Any

from nova.core.call import Call
from nova.core.paging import Cut
from nova.objects.server import Instance
from nova.objects.store.cell import InstanceFilter
from nova.seams import ApiSeams


def pending(call: Call[ApiSeams], wanted: InstanceFilter, page: Cut) -> list[Instance]:
    """Those that fit, as far as the page holds them; none after a marker in a cell."""
    if wanted.deleted:
        return []
    builds = call.seams.stores.api.builds.find(project_id=wanted.project_id)
    found = [build.instance for build in builds if fits(build.instance, wanted)]
    if page.marker is not None:
        places = [n for n, one in enumerate(found) if one.uuid == page.marker]
        found = found[places[0] + 1:] if places else []
    return found[: page.limit]


def fits(instance: Instance, wanted: InstanceFilter) -> bool:
    """The same conditions that nova/db asks in SQL, for the few that are not there yet."""
    return all(holds(instance, wanted) for holds in _CONDITIONS)


def _columns(instance: Instance, wanted: InstanceFilter) -> bool:
    return all(_equals(getattr(instance, k), v) for k, v in wanted.exact.items()) and all(
        re.search(pattern, str(getattr(instance, column) or ""))
        for column, pattern in wanted.matching.items()
    )


def _equals(value: Any, allowed: Any) -> bool:
    return value in allowed if isinstance(allowed, (list, tuple)) else bool(value == allowed)


def _state(instance: Instance, wanted: InstanceFilter) -> bool:
    return not wanted.states or any(
        instance.vm_state == vm_state and (tasks is None or instance.task_state in tasks)
        for vm_state, tasks in wanted.states
    )


def _tags(instance: Instance, wanted: InstanceFilter) -> bool:
    has = set(instance.tags)
    return (
        has >= set(wanted.tags)
        and (not wanted.tags_any or bool(has & set(wanted.tags_any)))
        and (not wanted.not_tags or not has >= set(wanted.not_tags))
        and not has & set(wanted.not_tags_any)
    )


def _others(instance: Instance, wanted: InstanceFilter) -> bool:
    created = instance.created_at
    return (
        wanted.uuids is None or instance.uuid in wanted.uuids
    ) and not (
        wanted.ip or wanted.ip6
        or (wanted.locked is not None and wanted.locked != instance.locked)
        or (created and wanted.changes_since and created < wanted.changes_since)
        or (created and wanted.changes_before and created > wanted.changes_before)
    )


_CONDITIONS: tuple[Callable[[Instance, InstanceFilter], bool], ...] = (
    _columns, _state, _tags, _others,
)
