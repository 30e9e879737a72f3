"""Restart a server: softly by asking its guest, or hard."""

from collections.abc import Mapping
from typing import Any

from nova.core.action import Action, HostAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import Field, obj, raw
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.guest_spec import guest_spec

POLICY = Policy("servers:reboot", MEMBER, "Reboot a server")
TYPES = raw(type="string", enum=["HARD", "Hard", "hard", "SOFT", "Soft", "soft"])
BODY = obj(Field("type", TYPES, required=True))


class _Reboot(HostAction):
    name = "reboot"
    policy = POLICY
    body = BODY
    deadline = minutes(20)
    event = "compute_reboot_instance"

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        """Only a guest that does not run is in error; the fault says why either way."""
        state = run.seams.driver.spawn.guest_state(run.instance.uuid)
        if state == PowerState.RUNNING:
            return {}
        return {"vm_state": VmState.ERROR.value, "power_state": int(state)}


class RebootSoft(_Reboot):
    moves = transition(VmState.ACTIVE, via=TaskState.REBOOTING, to=VmState.ACTIVE)

    @property
    def kind(self) -> str:
        return "reboot-soft"

    def on_host(self, run: Run[Any]) -> None:
        conf = run.seams.conf
        timeout = conf.reboot_timeout or conf.libvirt.wait_soft_reboot_seconds
        if not run.seams.driver.power.reboot_soft(run.instance.uuid, timeout=timeout):
            run.seams.driver.power.reboot_hard(guest_spec(run.seams.conf, run.instance))


class RebootHard(_Reboot):
    moves = transition(
        VmState.ACTIVE, VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED, VmState.ERROR,
        via=TaskState.REBOOTING_HARD,
        to=VmState.ACTIVE,
        tasks=(
            None, TaskState.REBOOTING, TaskState.REBOOT_PENDING, TaskState.REBOOT_STARTED,
            TaskState.REBOOTING_HARD, TaskState.RESUMING, TaskState.UNPAUSING,
            TaskState.PAUSING, TaskState.SUSPENDING,
        ),
    )

    @property
    def kind(self) -> str:
        return "reboot-hard"

    def on_host(self, run: Run[Any]) -> None:
        run.seams.driver.power.reboot_hard(guest_spec(run.seams.conf, run.instance))


class Reboot(_Reboot):
    """The face of both."""

    def chosen(self, call: Call[Any]) -> Action:
        return RebootSoft() if call.body["reboot"]["type"].upper() == "SOFT" else RebootHard()
