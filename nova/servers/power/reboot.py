"""Restart a server: softly by asking its guest, or hard."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import vifs_from_json
from nova.core.action import Action, HostAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import Field, obj, raw
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import Run
from nova.servers.steps.kept_secrets import startable
from nova.servers.steps.plugs import expected_plugs

POLICY = Policy("servers:reboot", MEMBER, "Reboot a server")
TYPES = raw(type="string", enum=["HARD", "Hard", "hard", "SOFT", "Soft", "soft"])
BODY = obj(Field("type", TYPES, required=True))


class _Reboot(HostAction):
    name = "reboot"
    policy = POLICY
    body = BODY
    deadline = minutes(20)
    event = "compute_reboot_instance"

    def _begun(self, run: Run[Any], pending: TaskState, started: TaskState) -> None:
        """Shows that this host has taken it, and then that its guest is touched."""
        run.show(task_state=pending.value)
        run.show(task_state=started.value)

    def _restart(self, run: Run[Any]) -> None:
        with expected_plugs(run, _awaited(run), anew=True) as plugged:
            guest = startable(run)
            run.seams.driver.power.reboot_hard(guest, wait_for_plug=plugged)

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
        self._begun(run, TaskState.REBOOT_PENDING, TaskState.REBOOT_STARTED)
        if not run.seams.driver.power.reboot_soft(run.instance.uuid, timeout=timeout):
            self._restart(run)


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
        self._begun(run, TaskState.REBOOT_PENDING_HARD, TaskState.REBOOT_STARTED_HARD)
        self._restart(run)


class Reboot(_Reboot):
    """The face of both."""

    def chosen(self, call: Call[Any]) -> Action:
        return RebootSoft() if call.body["reboot"]["type"].upper() == "SOFT" else RebootHard()


def _awaited(run: Run[Any]) -> list[str]:
    """Ports of the kinds that operators say are wired anew when a guest is."""
    kinds = run.seams.conf.workarounds.wait_for_vif_plugged_event_during_hard_reboot
    vifs = vifs_from_json(run.instance.network_info) if kinds else ()
    return [vif.port_id for vif in vifs if vif.vnic_type in kinds]
