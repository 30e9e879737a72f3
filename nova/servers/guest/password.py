"""Give the administrator inside a server a new password, through its agent."""

from collections.abc import Mapping
from typing import Any

from nova.core.action import HostAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import Field, obj, string
from nova.core.states import PowerState, TaskState, VmState, transition
from nova.core.workflow import Run
from nova.errors import Conflict, NovaError, Unavailable, Unsupported
from nova.objects.server import Instance
from nova.servers.steps.guest_spec import guest_spec, image_properties
from nova.virt.contract.errors import AgentNotEnabled, AgentSilent


class PasswordNotSet(Conflict):
    template = "Failed to set admin password on {instance_uuid} because {reason}"


class PasswordRefused(PasswordNotSet):
    """By the guest: nobody knows which password it has now."""


class CannotSetPassword(Unsupported):
    template = "Unable to set password on instance"


class ChangePassword(HostAction):
    name = "changePassword"
    policy = Policy("os-admin-password", MEMBER, "Set the administrator's password of a server")
    body = obj(Field("adminPass", string(), required=True))
    moves = transition(VmState.ACTIVE, via=TaskState.UPDATING_PASSWORD)
    deadline = minutes(5)
    answers = True
    needs = "agent"
    event = "compute_set_admin_password"

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        return {"password": call.body[self.name]["adminPass"]}

    def unsupported(self, instance: Any) -> NovaError:
        return CannotSetPassword()

    def on_host(self, run: Run[Any]) -> None:
        uuid = run.instance.uuid
        if run.seams.driver.spawn.guest_state(uuid) != PowerState.RUNNING:
            raise PasswordNotSet(instance_uuid=uuid, reason=f"instance {uuid} is not running")
        try:
            run.seams.driver.agent.set_password(
                guest_spec(run.seams.conf, run.instance),
                administrator(run.instance),
                run.operation.arguments["password"],
            )
        except AgentSilent as error:
            raise CannotSetPassword() from error
        except (AgentNotEnabled, Unavailable):
            raise
        except Exception:
            # What a hypervisor says of it might hold the password.
            reason = "error setting admin password"
            raise PasswordRefused(instance_uuid=uuid, reason=reason) from None

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        refused = isinstance(error, PasswordRefused)
        return {"vm_state": VmState.ERROR.value} if refused else {}


def administrator(instance: Instance) -> str:
    """As the image says, else as is usual in its operating system."""
    properties = image_properties(instance)
    usual = "Administrator" if properties.get("os_type") == "windows" else "root"
    return properties.get("os_admin_user") or usual
