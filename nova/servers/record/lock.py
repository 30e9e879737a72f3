"""Lock a server against changes by its own project, and unlock it."""

from typing import Any

from nova.core.action import RecordAction
from nova.core.call import Call
from nova.core.policy import ADMIN, MEMBER, Policy
from nova.core.shape import ANYTHING, Versioned, raw
from nova.core.states import Transition
from nova.microversions import BASE, LOCK_REASON
from nova.servers.load import target_of

OVERRIDE = Policy(
    "os-lock-server:unlock:unlock_override", ADMIN, "Unlock a server that somebody else locked"
)
OWNER, ADMINISTRATOR = "owner", "admin"


class Lock(RecordAction):
    """The project's own lock is `owner`'s; anybody else's is an administrator's."""

    name = "lock"
    policy = Policy("os-lock-server:lock", MEMBER, "Lock a server")
    body = Versioned((
        (BASE, ANYTHING),
        (LOCK_REASON, raw(
            type=["object", "null"],
            properties={"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}},
            additionalProperties=False,
        )),
    ))
    moves = Transition(tasks=None, launched_only=False)
    refused_when_locked = False

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        by = OWNER if call.context.project_id == instance.project_id else ADMINISTRATOR
        if instance.locked_by and by == OWNER:
            return {}
        given = call.body[self.name] if call.has(LOCK_REASON) else None
        reason = (given or {}).get("locked_reason")
        return {"locked_by": by, "locked": True, "system_metadata": {"locked_reason": reason}}


class Unlock(RecordAction):
    name = "unlock"
    policy = Policy("os-lock-server:unlock", MEMBER, "Unlock a server")
    more_policies = (OVERRIDE,)
    moves = Transition(tasks=None, launched_only=False)
    refused_when_locked = False

    def check(self, call: Call[Any], instance: Any) -> None:
        """A lock of the other kind may be opened only by whoever overrides."""
        own = call.context.project_id == instance.project_id
        if instance.locked_by == ADMINISTRATOR or (instance.locked_by and not own):
            call.enforce(OVERRIDE, target_of(instance))

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"locked_by": None, "locked": False, "system_metadata": {"locked_reason": None}}
