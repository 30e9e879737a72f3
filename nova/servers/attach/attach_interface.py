"""Give a server one more network interface.

The port is made (or the user's is bound), then plugged into the guest; the user waits
for both.  Undone, the guest has no trace of it, and the user's port is free again.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.clients.network.contract import (
    Interface,
    NetworkAmbiguous,
    NetworkAsk,
    NetworkNotFound,
    NetworkPlan,
    vifs_from_json,
    vifs_to_json,
)
from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import ADMIN, ADMIN_OR_OWNER, MEMBER, Policy
from nova.core.shape import NOTHING
from nova.core.states import VmState, transition
from nova.core.workflow import Run, Side, Step, Workflow
from nova.errors import Invalid, NovaError, Refused
from nova.servers.steps.device_metadata import device_columns
from nova.servers.steps.guest_spec import guest_spec
from nova.servers.steps.wiring import GIVEN, preexisting_ports, wiring_of
from nova.virt.contract.errors import GuestNotFound

OLD_RULE = ("os_compute_api:os-attach-interfaces", ADMIN_OR_OWNER)
EXTERNAL_NETWORK = Policy(
    "network:attach_external_network", ADMIN, "Attach a server to an external network"
)
BOTH = "Must not input both network_id and port_id"
NO_NETWORK = "Must input network_id when request IP address"
NONE_USABLE = (
    "No specific network was requested and none are available for project '{project}'."
)


class AttachNotSupported(Invalid):
    template = "Attaching interfaces is not supported for instance {instance_uuid}."


class QosNotSupported(Invalid):
    template = (
        "Using networks with QoS policy is not supported for instance {instance_uuid}. "
        "(Network ID is {network_id})"
    )


class InterfaceAttachFailed(NovaError):
    template = "Failed to attach network adapter device to {instance_uuid}"


class ConnectPort(Step):
    on = Side.HOST
    undo_on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        vif = run.seams.network.attach(
            run.context, wiring_of(run.instance), asked_of(run),
            again=run.operation.attempts > 1, known=self._known(run),
        )
        run.progress["port_id"], run.progress["mac"] = vif.port_id, vif.mac
        others = [one for one in run.instance.network_info if one["id"] != vif.port_id]
        run.instance.network_info = [*others, *vifs_to_json([vif])]

    def undo(self, run: Run[Any]) -> None:
        for port_id in self._made(run):
            own = run.operation.arguments["port_id"] == port_id
            run.seams.network.detach(run.context, run.instance.uuid, port_id, preexisting=own)
        known = self._known(run)
        run.instance.network_info = [
            one for one in run.instance.network_info if one["id"] in known
        ]

    def _made(self, run: Run[Any]) -> list[str]:
        """What this attach brought: as remembered, else (it failed, or somebody died, in
        the midst of it) whatever the server has now that it had not.  That may be what
        another attach brought before somebody died: that one is done again."""
        port_id = run.operation.arguments["port_id"] or run.progress.get("port_id")
        if port_id:
            return [port_id]
        found = run.seams.network.ports(run.context, run.instance.uuid, as_user=False)
        return [port.id for port in found if port.id not in self._known(run)]

    def _known(self, run: Run[Any]) -> set[str]:
        """The server's other ports."""
        wired = {vif.port_id for vif in vifs_from_json(run.instance.network_info)}
        own = {run.operation.arguments["port_id"], run.progress.get("port_id")}
        return (wired | preexisting_ports(run.instance)) - own


class PlugInterface(Step):
    on = Side.HOST

    def do(self, run: Run[Any]) -> None:
        try:
            spec = guest_spec(run.seams.conf, run.instance)
            (nic,) = (one for one in spec.nics if one.port_id == run.progress["port_id"])
            run.seams.driver.hotplug.attach_nic(spec, nic)
        except NovaError as error:
            raise InterfaceAttachFailed(instance_uuid=run.instance.uuid) from error

    def undo(self, run: Run[Any]) -> None:
        mac = run.progress.get("mac")
        if mac is None:
            return
        try:
            run.seams.driver.hotplug.detach_nic(run.instance.uuid, mac)
        except GuestNotFound:
            return


class AttachInterface(WorkflowAction):
    name = "attach_interface"
    policy = Policy(
        "os-attach-interfaces:create", MEMBER, "Attach an interface to a server",
        deprecated=OLD_RULE,
    )
    body = NOTHING
    moves = transition(VmState.ACTIVE, VmState.PAUSED, VmState.STOPPED)
    deadline = minutes(10)
    answers = True
    needs = "hotplug"
    event: ClassVar[str] = "compute_attach_interface"
    steps: ClassVar[Workflow] = (ConnectPort(), PlugInterface())

    def check(self, call: Call[Any], instance: Any) -> None:
        wish = wish_of(call)
        if wish.get("net_id") and wish.get("port_id"):
            raise Refused(code=400, message=BOTH)
        if wish.get("fixed_ips") and not wish.get("net_id"):
            raise Refused(code=400, message=NO_NETWORK)

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """{network_id, port_id, address, tag}, as the network service knows them."""
        plan = _plan(call, instance)
        (wanted,) = plan.interfaces
        return {
            "network_id": wanted.network_id, "port_id": wanted.port_id,
            "address": wanted.address, "tag": wish_of(call).get("tag"),
        }

    def changes(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        """Whoever deletes the server from now on leaves the user's port alone."""
        port_id = wish_of(call).get("port_id")
        return {"system_metadata": {GIVEN + port_id: ""}} if port_id else {}

    def unsupported(self, instance: Any) -> NovaError:
        return AttachNotSupported(instance_uuid=instance.uuid)

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        run.answer = {"port_id": run.progress["port_id"], "tag": run.operation.arguments["tag"]}
        return device_columns(run)

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        port_id = run.operation.arguments.get("port_id")
        return {"system_metadata": {GIVEN + port_id: None}} if port_id else {}

    def adds(self) -> bool:
        return True


ATTACH = AttachInterface()


def wish_of(call: Call[Any]) -> dict[str, Any]:
    found: dict[str, Any] = (call.body or {}).get("interfaceAttachment") or {}
    return found


def asked_of(run: Run[Any]) -> Interface:
    return Interface(**run.operation.arguments)


def _plan(call: Call[Any], instance: Any) -> NetworkPlan:
    """What was asked for, verified with the network service."""
    wish = wish_of(call)
    ips = wish.get("fixed_ips") or [{}]
    wanted = Interface(
        network_id=wish.get("net_id"), port_id=wish.get("port_id"),
        address=ips[0].get("ip_address"),
    )
    named = wanted.network_id or wanted.port_id
    ask = NetworkAsk(
        interfaces=(wanted,) if named else None, allow_external=call.allows(EXTERNAL_NETWORK)
    )
    try:
        plan: NetworkPlan = call.seams.network.check(call.context, ask)
    except NetworkNotFound as error:
        raise Refused(code=404, message=error.message) from error
    except NetworkAmbiguous as error:
        raise Refused(code=400, message=error.message) from error
    if not plan.interfaces:
        raise Refused(code=400, message=NONE_USABLE.format(project=instance.project_id))
    for port in plan.ports:
        if port.resource_request:
            raise QosNotSupported(instance_uuid=instance.uuid, network_id=port.network_id)
    return plan
