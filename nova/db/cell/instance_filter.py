"""InstanceFilter as SQL conditions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from nova.core.states import STATUS, VmState
from nova.db.cell.instance_rows import instances
from nova.db.cell.parts import (
    instance_info_caches,
    instance_metadata,
    instance_system_metadata,
    tags,
)
from nova.objects.store.cell import InstanceFilter


def narrowed(query: Select[Any], wanted: InstanceFilter) -> Select[Any]:
    """`query` over `instances`, with everything `wanted` but addresses."""
    return query.where(true(), *_conditions(wanted))


def visible() -> ColumnElement[bool]:
    return or_(instances.c.hidden.is_(None), instances.c.hidden == false())


def with_address(connection: Connection, wanted: InstanceFilter) -> list[str]:
    """Uuids of those with a fixed address that matches `ip` or `ip6`.

    Addresses are inside JSON, so they are matched here, over everything else
    that is wanted.
    """
    query = narrowed(select(instances.c.uuid, instance_info_caches.c.network_info), wanted)
    query = query.join(
        instance_info_caches, instance_info_caches.c.instance_uuid == instances.c.uuid
    )
    patterns = {4: wanted.ip, 6: wanted.ip6}
    found = {version: re.compile(text) for version, text in patterns.items() if text}
    rows = connection.execute(query).all()
    return [uuid for uuid, network_info in rows if _has_address(network_info or [], found)]


def _has_address(
    network_info: Sequence[Mapping[str, Any]], patterns: Mapping[int, re.Pattern[str]]
) -> bool:
    return any(
        version in patterns and patterns[version].search(address)
        for version, address in _addresses(network_info)
    )


def _addresses(network_info: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    for vif in network_info:
        for subnet in (vif.get("network") or {}).get("subnets") or ():
            for ip in subnet.get("ips") or ():
                address = ip.get("address") or ""
                yield ip.get("version") or (6 if ":" in address else 4), address


def _conditions(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.project_id is not None:
        yield instances.c.project_id == wanted.project_id
    if wanted.uuids is not None:
        yield instances.c.uuid.in_(list(wanted.uuids))
    if wanted.names is not None:
        yield _named(wanted.names)
    for name, value in wanted.exact.items():
        yield _exactly(instances.c[name], value)
    for name, pattern in wanted.matching.items():
        yield cast(instances.c[name], String(255)).regexp_match(pattern)
    if wanted.states:
        yield or_(*(_in_state(vm_state, tasks) for vm_state, tasks in wanted.states))
    for table, pairs in (
        (instance_metadata, wanted.metadata),
        (instance_system_metadata, wanted.system_metadata),
    ):
        for key, value in pairs:
            yield _has_pair(table, key, value)
    yield from _tagged(wanted)
    yield from _when(wanted)
    yield from _flags(wanted)


def _named(names: Sequence[str]) -> ColumnElement[bool]:
    """SQLite knows of small and capital letters in ASCII only."""
    shown = instances.c.display_name
    return or_(shown.in_(list(names)), func.lower(shown).in_([name.lower() for name in names]))


def _exactly(column: Any, value: Any) -> ColumnElement[bool]:
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    some = [each for each in values if each is not None]
    choices = [column.in_(some)] if len(some) != 1 else [column == some[0]]
    return or_(*choices, column.is_(None)) if None in values else choices[0]


def _in_state(vm_state: str, tasks: Sequence[str] | None) -> ColumnElement[bool]:
    if tasks is not None:
        return and_(instances.c.vm_state == vm_state, instances.c.task_state.in_(list(tasks)))
    spoken_for = list(STATUS[VmState(vm_state)][1])
    return and_(
        instances.c.vm_state == vm_state,
        or_(instances.c.task_state.is_(None), instances.c.task_state.not_in(spoken_for)),
    )


def _has_pair(table: Table, key: str, value: str) -> ColumnElement[bool]:
    return exists().where(
        table.c.instance_uuid == instances.c.uuid,
        table.c.deleted == 0,
        table.c.key == key,
        table.c.value == value,
    )


def _tagged(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.tags:
        yield instances.c.uuid.in_(_with_all(wanted.tags))
    if wanted.tags_any:
        yield instances.c.uuid.in_(_with_any(wanted.tags_any))
    if wanted.not_tags:
        yield instances.c.uuid.not_in(_with_all(wanted.not_tags))
    if wanted.not_tags_any:
        yield instances.c.uuid.not_in(_with_any(wanted.not_tags_any))


def _with_any(names: Sequence[str]) -> Select[Any]:
    return select(tags.c.resource_id).where(tags.c.tag.in_(list(names)))


def _with_all(names: Sequence[str]) -> Select[Any]:
    return (
        _with_any(names)
        .group_by(tags.c.resource_id)
        .having(func.count(tags.c.tag) == len(set(names)))
    )


def _when(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.changes_since is not None:
        yield instances.c.updated_at >= wanted.changes_since
    if wanted.changes_before is not None:
        yield instances.c.updated_at <= wanted.changes_before


def _flags(wanted: InstanceFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.deleted is not None:
        yield instances.c.deleted != 0 if wanted.deleted else instances.c.deleted == 0
    if wanted.locked is not None:
        locked = instances.c.locked
        yield locked.is_(True) if wanted.locked else or_(locked.is_(None), locked.is_(False))
    if not wanted.include_hidden:
        yield visible()
