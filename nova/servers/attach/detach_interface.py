"""Take a network interface from a server: out of its guest, then its port.

A port that the user made is unbound and kept, any other is deleted.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from nova.clients.network.contract import PortNotFound, Vif, vifs_from_json, vifs_to_json
from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import NOTHING
from nova.core.states import VmState, transition
from nova.core.workflow import PointOfNoReturn, Run, Side, Step, Workflow
from nova.errors import NovaError
from nova.servers.attach.attach_interface import OLD_RULE
from nova.servers.steps.device_metadata import device_columns
from nova.servers.steps.wiring import GIVEN, preexisting_ports
from nova.virt.contract.errors import GuestNotFound


class InterfaceDetachFailed(NovaError):
    template = "Failed to detach network adapter device from {instance_uuid}"


class UnplugInterface(Step):
    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        vif = attached(run.instance, run.operation.arguments["port_id"])
        if vif is None:
            return
        try:
            run.seams.driver.hotplug.detach_nic(run.instance.uuid, vif.mac)
        except GuestNotFound:
            return
        except NovaError as error:
            raise InterfaceDetachFailed(instance_uuid=run.instance.uuid) from error


class ReleasePort(Step):
    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        port_id = run.operation.arguments["port_id"]
        run.seams.network.detach(
            run.context, run.instance.uuid, port_id,
            preexisting=port_id in preexisting_ports(run.instance),
        )
        run.instance.network_info = [
            one for one in run.instance.network_info if one["id"] != port_id
        ]


class DetachInterface(WorkflowAction):
    """The guest lets go of a device but once: what follows is done again, not undone."""

    name = "detach_interface"
    policy = Policy(
        "os-attach-interfaces:delete", MEMBER, "Detach an interface from a server",
        deprecated=OLD_RULE,
    )
    body = NOTHING
    moves = transition(VmState.ACTIVE, VmState.PAUSED, VmState.STOPPED)
    deadline = minutes(15)
    needs = "hotplug"
    event: ClassVar[str] = "compute_detach_interface"
    steps: ClassVar[Workflow] = (PointOfNoReturn(), UnplugInterface(), ReleasePort())

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        port_id = call.params["id"]
        if attached(instance, port_id) is None:
            raise PortNotFound(port_id=port_id)
        return {"port_id": port_id}

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        forgotten = {GIVEN + run.operation.arguments["port_id"]: None}
        return {"system_metadata": forgotten, **device_columns(run)}

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        """The service may have let go of the port before it failed: the record follows it."""
        known = vifs_from_json(run.instance.network_info)
        with suppress(NovaError):
            found = run.seams.network.info(run.context, run.instance.uuid, known)
            run.instance.network_info = vifs_to_json(found)
        return {}


DETACH = DetachInterface()


def attached(instance: Any, port_id: str) -> Vif | None:
    found = (vif for vif in vifs_from_json(instance.network_info) if vif.port_id == port_id)
    return next(found, None)
