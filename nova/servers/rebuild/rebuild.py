"""The workflow that gives a server a new root disk.

The record changes when the request is accepted.  Until the host begins, a refusal puts
back what was said of the image; what happens to the disks is not taken back.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Run, Workflow
from nova.errors import NovaError
from nova.servers.rebuild.steps import AskForPlace, RebuildGuest, RestoreRest
from nova.servers.rebuild.wish import Wish
from nova.servers.steps.refusals import refuse_tpm

POLICY = Policy("servers:rebuild", MEMBER, "Rebuild a server")


class Rebuild(WorkflowAction):
    """`wish` is that of the request it is accepted with."""

    name = "rebuild"
    policy = POLICY
    moves = transition(
        VmState.ACTIVE, VmState.STOPPED, VmState.ERROR, via=TaskState.REBUILDING, to=VmState.ACTIVE
    )
    deadline = minutes(60)
    event: ClassVar[str] = "compute_rebuild_instance"
    needs = "rebuild"
    steps: ClassVar[Workflow] = (
        AskForPlace(), PointOfNoReturn(), RebuildGuest(), RestoreRest(),
    )  # fmt: skip

    def __init__(self, wish: Wish | None = None) -> None:
        self._wish = wish

    def check(self, call: Call[Any], instance: Any) -> None:
        refuse_tpm(self.name, instance)

    def begin(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """The conductor asks for the host's room first."""
        stopped = instance.vm_state == VmState.STOPPED
        return {**self._asked.progress(instance), "stopped": stopped}

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return self._asked.columns

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        stopped = run.progress["stopped"]
        return {
            "vm_state": (VmState.STOPPED if stopped else VmState.ACTIVE).value,
            "power_state": int(run.seams.driver.spawn.guest_state(run.instance.uuid)),
            "launched_at": run.seams.clock.now(),
        }

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {"vm_state": VmState.ERROR.value, "power_state": _power_state(run)}

    @property
    def _asked(self) -> Wish:
        assert self._wish is not None
        return self._wish


def _power_state(run: Run[Any]) -> int:
    """Of what is left of the guest, as far as that is known here."""
    driver = getattr(run.seams, "driver", None)
    if driver is None:
        return int(run.instance.power_state or PowerState.PENDING)
    try:
        return int(driver.spawn.guest_state(run.instance.uuid))
    except NovaError:
        return int(PowerState.PENDING)
