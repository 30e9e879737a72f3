"""/servers/{id}/migrations: live migrations under way."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.policy import ADMIN, MANAGER, Policy
from nova.core.shape import NO_QUERY, NULL, Field, obj
from nova.core.states import TaskState, VmState
from nova.core.view import Shown, view
from nova.errors import Conflict, Invalid, NotFound
from nova.microversions import (
    ABORT_MIGRATION,
    EARLY_ABORT,
    FORCE_COMPLETE,
    MIGRATION_OWNER,
    MIGRATION_PAGES,
    SERVER_MIGRATIONS,
)
from nova.objects.beside import Migration
from nova.objects.server import Instance
from nova.objects.store.beside import MigrationFilter
from nova.resources.migrations import IN_PROGRESS, LIVE, places_shown
from nova.seams import ApiSeams
from nova.servers.errors import InstanceInvalidState, InstanceLocked
from nova.servers.load import Found, find_for, target_of

INDEX = Policy("servers:migrations:index", MANAGER, "List a server's live migrations under way")
HOSTS = Policy(
    "servers:migrations:index:host", ADMIN, "List a server's live migrations with their hosts",
    deprecated=("os_compute_api:servers:migrations:index", ADMIN),
)
SHOW = Policy("servers:migrations:show", ADMIN, "Show a live migration that is under way")
FORCE = Policy("servers:migrations:force_complete", MANAGER, "Make a live migration finish")
ABORT = Policy("servers:migrations:delete", MANAGER, "Abort a live migration")


class MigrationUnknown(NotFound):
    template = "Migration {migration_id} not found for instance {server_id}"


class MigrationNotUnderWay(NotFound):
    template = "In-progress live migration {migration_id} is not found for server {server_id}."


class MigrationOver(NotFound):
    template = "Live migration {migration_id} for server {server_id} is not in progress."


class MigrationOfOtherType(NotFound):
    template = "Migration {migration_id} for server {server_id} is not live-migration."


class MigrationInvalidState(Invalid):
    template = (
        "Migration {migration_id} state of instance {server_id} is {state}. "
        "Cannot {method} while the migration is in this state."
    )


class HostCannotSteer(Conflict):
    template = "The host of instance {server_id} cannot {method} its migration."


_SHOWN: tuple[Shown[Migration], ...] = (
    Shown("id", lambda m: m.id),
    Shown("uuid", lambda m: m.uuid, since=MIGRATION_PAGES),
    Shown("server_uuid", lambda m: m.instance_uuid),
    Shown("status", lambda m: m.status),
    Shown("memory_total_bytes", lambda m: m.memory_total),
    Shown("memory_processed_bytes", lambda m: m.memory_processed),
    Shown("memory_remaining_bytes", lambda m: m.memory_remaining),
    Shown("disk_total_bytes", lambda m: m.disk_total),
    Shown("disk_processed_bytes", lambda m: m.disk_processed),
    Shown("disk_remaining_bytes", lambda m: m.disk_remaining),
    Shown("created_at", lambda m: microseconds(m.created_at)),
    Shown("updated_at", lambda m: microseconds(m.updated_at)),
    Shown("user_id", lambda m: m.user_id, since=MIGRATION_OWNER),
    Shown("project_id", lambda m: m.project_id, since=MIGRATION_OWNER),
)


def _shown(call: Call[ApiSeams], migration: Migration, hosts_told: bool) -> dict[str, Any]:
    return view(_SHOWN, migration, call.version) | places_shown(migration, hosts_told)


def _list(call: Call[ApiSeams]) -> Any:
    found = find_for(call, INDEX, "server_id")
    told = call.allows(HOSTS, target_of(found.instance))
    wanted = MigrationFilter({
        "instance_uuid": found.instance.uuid, "migration_type": LIVE, "status": IN_PROGRESS,
    })
    moves = found.cell.migrations.find(wanted) if found.cell else []
    return {"migrations": [_shown(call, one, told) for one in moves]}


def _show(call: Call[ApiSeams]) -> Any:
    found = find_for(call, SHOW, "server_id")
    gaps = {"migration_id": call.params["id"], "server_id": found.instance.uuid}
    migration = _migration(call, found)
    if migration is None:
        raise MigrationNotUnderWay(**gaps)
    if migration.migration_type != LIVE:
        raise MigrationOfOtherType(**gaps)
    if migration.status not in IN_PROGRESS:
        raise MigrationOver(**gaps)
    return {"migration": _shown(call, migration, hosts_told=True)}


def _migration(call: Call[ApiSeams], found: Found) -> Migration | None:
    text = call.params["id"]
    if found.cell is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return found.cell.migrations.of_server(found.instance.uuid, int(text))


def _force(call: Call[ApiSeams]) -> None:
    found = find_for(call, FORCE, "server_id")
    _guard(call, found.instance, "force_complete", active_only=True)
    _steer(call, found, "force complete", ("running",))


def _abort(call: Call[ApiSeams]) -> None:
    found = find_for(call, ABORT, "server_id")
    _guard(call, found.instance, "abort live migration", active_only=False)
    early = ("queued", "preparing") if call.has(EARLY_ABORT) else ()
    _steer(call, found, "abort live migration", ("running", *early))


def _guard(call: Call[ApiSeams], instance: Instance, word: str, *, active_only: bool) -> None:
    if instance.locked and not call.context.is_admin:
        raise InstanceLocked(instance_uuid=instance.uuid)
    for attribute, state, wanted in (
        ("vm_state", instance.vm_state, VmState.ACTIVE if active_only else instance.vm_state),
        ("task_state", instance.task_state, TaskState.MIGRATING),
    ):
        if state != wanted:
            raise InstanceInvalidState(
                word=word, instance_uuid=instance.uuid, attribute=attribute, state=state
            )


def _steer(call: Call[ApiSeams], found: Found, method: str, statuses: tuple[str, ...]) -> None:
    server_id = found.instance.uuid
    migration = _migration(call, found)
    if migration is None or migration.migration_type != LIVE:
        raise MigrationUnknown(migration_id=call.params["id"], server_id=server_id)
    if migration.status not in statuses:
        raise MigrationInvalidState(
            migration_id=migration.id, server_id=server_id, state=migration.status, method=method
        )
    raise HostCannotSteer(server_id=server_id, method=method)


_ALL = "/servers/{server_id}/migrations"
_ONE = _ALL + "/{id}"
ROUTES = (
    Route("GET", _ALL, _list, query=NO_QUERY, policies=(INDEX, HOSTS), since=SERVER_MIGRATIONS),
    Route("GET", _ONE, _show, query=NO_QUERY, policies=(SHOW,), since=SERVER_MIGRATIONS),
    Route("DELETE", _ONE, _abort, policies=(ABORT,), success=202, since=ABORT_MIGRATION),
    Route(
        "POST", f"{_ONE}/action", _force, policies=(FORCE,), success=202, since=FORCE_COMPLETE,
        action="force_complete", body=obj(Field("force_complete", NULL, required=True)),
    ),
)
