"""Say that a server is active, or in error, whatever was thought of it.

What is being done to it meanwhile loses its hold: it can end, and changes nothing
of the server any more.
"""

from typing import Any

from nova.core.action import RecordAction
from nova.core.call import Call
from nova.core.policy import ADMIN, Policy
from nova.core.shape import Field, obj, one_of
from nova.core.states import Transition, VmState


class ResetState(RecordAction):
    name = "os-resetState"
    record = "resetState"
    policy = Policy("os-admin-actions:reset_state", ADMIN, "Reset the state of a server")
    body = obj(Field("state", one_of("active", "error"), required=True))
    moves = Transition(tasks=None, launched_only=False)
    refused_when_locked = False

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        state = VmState(call.body[self.name]["state"])
        return {"vm_state": state.value, "task_state": None}
