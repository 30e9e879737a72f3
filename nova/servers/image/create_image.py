"""Make an image of a server's disk as it is now."""

from typing import Any, ClassVar

from nova.core.action import WorkflowAction
from nova.core.call import Answer, Call, Route
from nova.core.clock import minutes
from nova.core.policy import MEMBER, Policy
from nova.core.shape import Field, obj, string
from nova.core.states import TaskState, VmState, transition
from nova.core.workflow import PointOfNoReturn, Workflow
from nova.errors import Invalid
from nova.seams import ApiSeams
from nova.servers.image.asking import answer, found_for, make_image, refuse_too_many
from nova.servers.image.steps import ImageWaits, TakePicture
from nova.servers.load import target_of
from nova.servers.steps.root_disk import volume_backed
from nova.servers.steps.shapes import METADATA

VOLUMES = Policy(
    "servers:create_image:allow_volume_backed", MEMBER,
    "Make an image of a server whose root disk is a volume",
)  # fmt: skip
# Never with spaces around, whichever version.
TITLE = string(min=1, max=255, format="name")
WHEN = (VmState.ACTIVE, VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED)


class VolumesNotPictured(Invalid):
    template = "Instance {instance_uuid} has a volume as its root disk, of which no image is made."


class CreateImage(WorkflowAction):
    name = "createImage"
    policy = Policy("servers:create_image", MEMBER, "Make an image of a server")
    body = obj(Field("name", TITLE, required=True), Field("metadata", METADATA))
    moves = transition(*WHEN, via=TaskState.IMAGE_SNAPSHOT_PENDING)
    # Large disks and slow image services; a dead host is noticed long before.
    deadline = minutes(24 * 60)
    refused_when_locked = False
    event: ClassVar[str] = "compute_snapshot_instance"
    needs = "snapshots"
    steps: ClassVar[Workflow] = (ImageWaits(), TakePicture(), PointOfNoReturn())

    def adds(self) -> bool:
        return True


CREATE_IMAGE = CreateImage()


def create_image(call: Call[ApiSeams]) -> Answer:
    found = found_for(call, CREATE_IMAGE)
    wish: dict[str, Any] = call.body[CREATE_IMAGE.name]
    metadata = wish.get("metadata") or {}
    refuse_too_many(call, metadata)
    if found.cell is not None and volume_backed(found.instance):
        call.enforce(VOLUMES, target_of(found.instance))
        raise VolumesNotPictured(instance_uuid=found.instance.uuid)
    own = {"image_type": "snapshot", **metadata}
    return answer(call, make_image(call, CREATE_IMAGE, found, wish["name"].strip(), own))


ROUTES = (
    Route(
        "POST", "/servers/{id}/action", create_image, success=202, body=CREATE_IMAGE.shape(),
        action=CREATE_IMAGE.name, policies=(CREATE_IMAGE.policy, VOLUMES),
    ),
)  # fmt: skip
