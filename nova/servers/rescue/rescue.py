"""Start a server from a rescue image, with its own disk beside it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from nova.clients.image.contract import ImageNotFound, ImageRefused
from nova.core.action import WorkflowAction
from nova.core.call import Call
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import raw
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import Run, Workflow
from nova.errors import Invalid
from nova.microversions import RESCUE_VOLUME_BACKED
from nova.seams import ApiSeams
from nova.servers.rescue.steps import StartFromRescueDisk
from nova.servers.steps.boot_image import facts_of
from nova.servers.steps.image_properties import present
from nova.servers.steps.refusals import refuse_tpm
from nova.servers.steps.requested import new_password
from nova.servers.steps.root_disk import volume_backed

POLICY = Policy("os-rescue", MEMBER, "Rescue a server")
BODY = raw(
    type=["object", "null"],
    properties={
        "adminPass": {"type": "string"},
        "rescue_image_ref": {"type": "string", "format": "uuid"},
    },
    additionalProperties=False,
)
# An image that is no bytes but a list of volumes.
VOLUMES = "img_block_device_mapping"
# A host that can.
CAPABLE = "COMPUTE_RESCUE_BFV"


class NotRescuable(Invalid):
    template = "Instance {instance_id} cannot be rescued: {reason}"


class UnsupportedRescueImage(Invalid):
    template = "Requested rescue image '{image}' is not supported"


class Rescue(WorkflowAction):
    name = "rescue"
    policy = POLICY
    body = BODY
    success = 200
    moves = transition(
        VmState.ACTIVE, VmState.STOPPED, VmState.ERROR, via=TaskState.RESCUING, to=VmState.RESCUED
    )
    deadline = minutes(60)
    event: ClassVar[str] = "compute_rescue_instance"
    needs = "rescue"
    steps: ClassVar[Workflow] = (StartFromRescueDisk(),)

    def check(self, call: Call[Any], instance: Any) -> None:
        refuse_tpm(self.name, instance)

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        wish = call.body[self.name] or {}
        chosen = wish.get("rescue_image_ref")
        image = _image(call, chosen or _made_of(instance), chosen=chosen is not None)
        if volume_backed(instance):
            refuse_volume(call, instance, image.get("properties") or {})
        return {"admin_password": self._password(call), **image}

    def answer(self, call: Call[Any], instance: Any) -> Any:
        shown = call.seams.conf.api.enable_instance_password
        return {"adminPass": self._password(call)} if shown else {}

    def done(self, run: Run[Any]) -> Mapping[str, Any]:
        return {
            "vm_state": VmState.RESCUED.value,
            "power_state": int(run.seams.driver.spawn.guest_state(run.instance.uuid)),
            "launched_at": run.seams.clock.now(),
        }

    def failed(self, run: Run[Any], error: BaseException) -> Mapping[str, Any]:
        return {"vm_state": VmState.ERROR.value}

    def reason(self, run: Run[Any], error: BaseException) -> BaseException:
        return NotRescuable(instance_id=run.instance.uuid, reason=f"Driver Error: {error}")

    def _password(self, call: Call[Any]) -> str:
        """Given, or made once for the request."""
        wish = call.body[self.name] = call.body[self.name] or {}
        found: str = wish.setdefault("adminPass", new_password(call.seams.conf))
        return found


def refuse_volume(call: Call[ApiSeams], instance: Any, properties: Mapping[str, str]) -> None:
    """A root disk that is a volume has to stay in its place, where the host can leave it."""
    in_place = bool({"hw_rescue_bus", "hw_rescue_device"} & set(properties))
    if not (call.has(RESCUE_VOLUME_BACKED) and in_place):
        raise NotRescuable(
            instance_id=instance.uuid, reason="Cannot rescue a volume-backed instance"
        )
    placement = call.seams.placement
    provider = placement.providers.named(call.context, instance.node or "")
    if provider is None or CAPABLE not in placement.facts.traits(
        call.context, provider.id
    ).traits:
        raise NotRescuable(
            instance_id=instance.uuid, reason="Host unable to rescue a volume-backed instance"
        )


def _made_of(instance: Any) -> str | None:
    found: str | None = instance.system_metadata.get("image_base_image_ref") or instance.image_ref
    return found


def _image(call: Call[Any], image_id: str | None, *, chosen: bool) -> dict[str, Any]:
    """The rescue image's facts and properties.  When nobody chose it and it is gone, the
    host uses what it has."""
    if not image_id:
        return {}
    try:
        meta = call.seams.image.show(call.context, image_id)
    except (ImageNotFound, ImageRefused):
        if not chosen:
            return {}
        raise UnsupportedRescueImage(image=image_id) from None
    properties = {key: str(value) for key, value in present(meta.properties).items()}
    if chosen and VOLUMES in properties:
        raise UnsupportedRescueImage(image=image_id)
    return {"image": facts_of(meta), "properties": properties}
