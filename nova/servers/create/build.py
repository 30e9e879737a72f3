"""The workflow that turns an accepted request into a running guest.

It begins when the scheduler has chosen and the server has a cell (see
nova/conductor/intake.py for what comes before): `progress` holds the
candidates, what networks and image were asked for, and `target`, the host that
has its turn.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.clients.network.contract import (
    ExternalNetworkForbidden,
    MacInUse,
    NetworkNotFound,
    NoMoreFixedIps,
    PortInUse,
    PortNotUsable,
)
from nova.core.action import WorkflowAction
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Retry, Run, Workflow
from nova.errors import Invalid, NovaError
from nova.servers.create.access import access_columns
from nova.servers.create.steps import (
    AllocateNetworks,
    ClaimAllocation,
    ClaimHost,
    SpawnGuest,
    next_candidate,
    refusals,
)
from nova.servers.errors import DeadlinePassed
from nova.servers.steps.disk_secrets import DiskSecretAway
from nova.servers.steps.kept_secrets import KeepSecrets
from nova.servers.steps.tpm import TpmSecretAway
from nova.virt.contract.errors import BadGuest

POLICY = Policy("servers:create", MEMBER, "Create a server")


# No other host would do better: what was asked for is at fault.
HOPELESS = (BadGuest, NoMoreFixedIps, NetworkNotFound, ExternalNetworkForbidden, MacInUse,
            PortNotUsable, PortInUse, DiskSecretAway, TpmSecretAway, Invalid)


class BuildAborted(NovaError):
    template = "Build of instance {instance_uuid} aborted: {reason}"


class RetriesExhausted(NovaError):
    """`reasons`: why each host could not, for administrators."""

    template = (
        "Exceeded maximum number of retries. Exhausted all hosts available for retrying build "
        "failures for instance {instance_uuid}."
    )

    @property
    def explanation(self) -> str:
        return "\n".join(self.gaps["reasons"])


class Build(WorkflowAction):
    name = "create"
    policy = POLICY
    moves = transition(
        VmState.BUILDING, via=TaskState.SCHEDULING, to=VmState.ACTIVE,
        tasks=None, launched_only=False,
    )
    deadline = minutes(60)
    event: ClassVar[str] = "compute__do_build_and_run_instance"
    steps: ClassVar[Workflow] = (
        Retry(
            steps=(
                ClaimAllocation(), ClaimHost(), AllocateNetworks(), KeepSecrets(), SpawnGuest(),
            ),
            another=next_candidate,
            hopeless=HOPELESS,
        ),
        PointOfNoReturn(),
    )

    def creates(self) -> bool:
        return True

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        state = run.seams.driver.spawn.guest_state(run.instance.uuid)
        return {
            "vm_state": VmState.ACTIVE.value,
            "power_state": int(state),
            "launched_at": run.seams.clock.now(),
            **access_columns(run.seams.conf, run.instance),
        }

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {
            "vm_state": VmState.ERROR.value,
            "power_state": int(PowerState.PENDING),
            "host": None,
            "node": None,
            "compute_id": None,
        }

    def reason(self, run: Run[Any], error: BaseException) -> BaseException:
        uuid = run.instance.uuid
        if isinstance(error, HOPELESS):
            return BuildAborted(instance_uuid=uuid, reason=str(error))
        if isinstance(error, DeadlinePassed):
            return error
        return RetriesExhausted(instance_uuid=uuid, reasons=refusals(run))

