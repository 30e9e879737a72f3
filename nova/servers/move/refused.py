"""Moves: what is asked and refused, as agreed.  No host can move servers yet, so what
passes all refusals is answered "not supported" before anything is accepted.
"""

from typing import Any

from nova.core.action import Action, RecordAction
from nova.core.call import Call
from nova.core.policy import ADMIN, MANAGER, MEMBER, NOBODY, Policy
from nova.core.shape import ANYTHING, BOOLEAN, Field, Versioned, obj, one_of, raw, string, truth
from nova.core.states import VmState, transition
from nova.errors import Refused, Unsupported
from nova.microversions import (
    ABORT_MIGRATION,
    BASE,
    BLOCK_MIGRATION_AUTO,
    EVACUATE_CHECKED,
    GROUP_OWNER,
    MIGRATE_CHECKED,
    MIGRATE_TO_HOST,
    UNSHELVE_TO_HOST,
    UNSHELVE_TO_ZONE,
    VOLUME_TYPES,
)
from nova.objects.server import Instance
from nova.resources.services.liveness import is_up
from nova.seams import ApiSeams
from nova.servers.errors import HostSilent
from nova.servers.load import target_of
from nova.servers.steps.host_service import service_of
from nova.servers.steps.refusals import refuse_encrypted_memory, refuse_tpm
from nova.servers.steps.shapes import HOST

CROSS_CELL = Policy(
    "compute:servers:resize:cross_cell", NOBODY, "Resize or migrate a server across cells"
)
HOST_OR_NULL = raw(
    type=["string", "null"], minLength=1, maxLength=255, pattern="^[a-zA-Z0-9-._]*$"
)
MAYBE = raw(type=["boolean", "string"], enum=[*BOOLEAN.document["enum"], "auto"])


class _Move(RecordAction):
    """`tpm`: a server with a TPM is refused it."""

    tpm = False

    def check(self, call: Call[ApiSeams], instance: Any) -> None:
        if self.tpm:
            refuse_tpm(self.name, instance)

    def arguments(self, call: Call[ApiSeams], instance: Any) -> dict[str, Any]:
        """What is refused after the states were looked at; at last, everything."""
        self.refuse(call, instance)
        raise Unsupported()

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        """Nothing more."""


class Resize(_Move):
    name = "resize"
    policy = Policy("servers:resize", MEMBER, "Resize a server")
    more_policies = (CROSS_CELL,)
    body = obj(
        Field("flavorRef", raw(type=["string", "integer"], minLength=1), required=True),
        Field("OS-DCF:diskConfig", one_of("AUTO", "MANUAL")),
    )
    moves = transition(VmState.ACTIVE, VmState.STOPPED)
    needs_host = True

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        require_source(call, instance)
        flavor = call.seams.stores.api.flavors.get(str(call.body[self.name]["flavorRef"]))
        if flavor.flavorid == instance.flavor.flavorid:
            message = "When resizing, instances must change flavor!"
            raise Refused(code=400, message=message)


class _AfterResize(_Move):
    """There is no finished migration, or it would be somebody's."""

    moves = transition(VmState.RESIZED)

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        raise Refused(code=400, message="Instance has not been resized.")


class ConfirmResize(_AfterResize):
    name = "confirmResize"
    policy = Policy("servers:confirm_resize", MEMBER, "Confirm a resize")
    success = 204


class RevertResize(_AfterResize):
    name = "revertResize"
    policy = Policy("servers:revert_resize", MEMBER, "Take a resize back")


MIGRATE_HOST = Policy(
    "os-migrate-server:migrate:host", ADMIN, "Migrate a server to a host of one's choice"
)
MIGRATE_LIVE_HOST = Policy(
    "os-migrate-server:migrate_live:host", ADMIN,
    "Migrate a running server to a host of one's choice",
    deprecated=("os_compute_api:os-migrate-server:migrate_live", ADMIN),
)


class Migrate(_Move):
    name = "migrate"
    more_policies = (MIGRATE_HOST,)
    policy = Policy("os-migrate-server:migrate", MANAGER, "Migrate a server to another host")
    body = Versioned((
        (BASE, ANYTHING),
        (MIGRATE_TO_HOST, raw(
            type=["object", "null"], properties={"host": dict(HOST_OR_NULL.document)},
            additionalProperties=False,
        )),
    ))
    moves = transition(VmState.ACTIVE, VmState.STOPPED)
    needs_host = True

    def chosen(self, call: Call[Any]) -> Action:
        return MIGRATE_TO if self.wanted(call) else self

    def wanted(self, call: Call[Any]) -> str | None:
        wish = call.body[self.name] if call.has(MIGRATE_TO_HOST) else None
        return (wish or {}).get("host")

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        require_source(call, instance)
        host = self.wanted(call)
        if host == instance.host:
            message = "Cannot migrate to the host where the server exists."
            raise Refused(code=400, message=message)
        require_known(call, host, 400, "Compute host {host} could not be found.")


class MigrateTo(Migrate):
    """To a host that the caller names."""

    policy = MIGRATE_HOST


class MigrateLive(_Move):
    name = "os-migrateLive"
    more_policies = (MIGRATE_LIVE_HOST,)
    policy = Policy(
        "os-migrate-server:migrate_live", MANAGER, "Migrate a server that goes on running"
    )
    body = obj(
        Field("host", HOST_OR_NULL, required=True),
        Field("block_migration", Versioned(((BASE, BOOLEAN), (BLOCK_MIGRATION_AUTO, MAYBE))),
              required=True),
        Field("disk_over_commit", BOOLEAN, required=True, until=ABORT_MIGRATION),
        Field("force", BOOLEAN, since=MIGRATE_CHECKED, until=VOLUME_TYPES),
    )
    moves = transition(VmState.ACTIVE, VmState.PAUSED)

    def chosen(self, call: Call[Any]) -> Action:
        return MIGRATE_LIVE_TO if call.body[self.name]["host"] else self

    def check(self, call: Call[ApiSeams], instance: Any) -> None:
        refuse_encrypted_memory(self.name, instance)

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        wish = call.body[self.name]
        refuse_force(wish)
        require_known(call, wish["host"], 400, "Compute host {host} could not be found.")


class MigrateLiveTo(MigrateLive):
    """To a host that the caller names."""

    policy = MIGRATE_LIVE_HOST


class Evacuate(_Move):
    name = "evacuate"
    policy = Policy("os-evacuate", ADMIN, "Build a server anew that was on a host that failed")
    body = obj(
        Field("host", HOST),
        Field("adminPass", string()),
        Field("onSharedStorage", BOOLEAN, required=True, until=GROUP_OWNER),
        Field("force", BOOLEAN, since=EVACUATE_CHECKED, until=VOLUME_TYPES),
    )
    moves = transition(VmState.ACTIVE, VmState.STOPPED, VmState.ERROR, tasks=None)
    refused_when_locked = False
    success = 200
    tpm = True

    def check(self, call: Call[ApiSeams], instance: Any) -> None:
        wish = call.body[self.name]
        refuse_force(wish)
        host = wish.get("host")
        require_known(call, host, 404, "Compute host {host} not found.")
        if host is not None and host == instance.host:
            raise Refused(code=400, message="The target host can't be the same one.")
        super().check(call, instance)

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        source = service_of(call, instance.host)
        if source is not None and is_up(source, call.seams.clock.now(), call.seams.conf):
            message = f"Compute service of {instance.host} is still in use."
            raise Refused(code=400, message=message)


class Shelve(_Move):
    name = "shelve"
    policy = Policy("os-shelve:shelve", MEMBER, "Shelve a server")
    moves = transition(VmState.ACTIVE, VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED)
    tpm = True


class ShelveOffload(_Move):
    name = "shelveOffload"
    policy = Policy("os-shelve:shelve_offload", ADMIN, "Take a shelved server from its host")
    moves = transition(VmState.SHELVED)


class Unshelve(_Move):
    name = "unshelve"
    policy = Policy("os-shelve:unshelve", MEMBER, "Bring a shelved server back")
    to_host = Policy(
        "os-shelve:unshelve_to_host", ADMIN, "Bring a shelved server back to a host of one's choice"
    )
    more_policies = (to_host,)
    body = Versioned((
        (BASE, ANYTHING),
        (UNSHELVE_TO_ZONE, raw(
            type=["object", "null"],
            properties={"availability_zone": {
                "type": "string", "minLength": 1, "maxLength": 255, "format": "name"}},
            required=["availability_zone"], additionalProperties=False,
        )),
        (UNSHELVE_TO_HOST, raw(
            type=["object", "null"],
            properties={"availability_zone": {"type": ["string", "null"]},
                        "host": {"type": "string"}},
            additionalProperties=False,
        )),
    ))
    moves = transition(VmState.SHELVED, VmState.SHELVED_OFFLOADED)

    def check(self, call: Call[ApiSeams], instance: Any) -> None:
        if (self._wish(call)).get("host"):
            call.enforce(self.to_host, target_of(instance))

    def refuse(self, call: Call[ApiSeams], instance: Instance) -> None:
        if self._wish(call) and instance.vm_state != VmState.SHELVED_OFFLOADED:
            message = (
                "Specifying an availability zone or a host when unshelving server "
                f'"{instance.uuid}" with status "{(instance.vm_state or "").upper()}" is not '
                "supported. The server status must be SHELVED_OFFLOADED."
            )
            raise Refused(code=409, message=message)

    def _wish(self, call: Call[Any]) -> dict[str, Any]:
        wish = call.body[self.name] if call.has(UNSHELVE_TO_ZONE) else None
        return wish or {}


MIGRATE_TO, MIGRATE_LIVE_TO = MigrateTo(), MigrateLiveTo()


def require_source(call: Call[ApiSeams], instance: Instance) -> None:
    source = service_of(call, instance.host)
    if source is None or not is_up(source, call.seams.clock.now(), call.seams.conf):
        raise HostSilent()


def require_known(call: Call[ApiSeams], host: str | None, code: int, sentence: str) -> None:
    if host is not None and service_of(call, host) is None:
        raise Refused(code=code, message=sentence.format(host=host))


def refuse_force(wish: dict[str, Any]) -> None:
    if truth(wish.get("force")) and not wish.get("host"):
        raise Refused(code=400, message="Can't force to a non-provided destination")


ACTIONS: tuple[Action, ...] = (
    Resize(), ConfirmResize(), RevertResize(), Migrate(), MigrateLive(), Evacuate(),
    Shelve(), ShelveOffload(), Unshelve(),
)
