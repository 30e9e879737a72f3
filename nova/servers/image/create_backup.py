"""Make an image of a server as one of a row of backups, of which only so many are kept."""

from typing import Any, ClassVar

from nova.core.call import Answer, Call, Route
from nova.core.policy import MEMBER, Policy
from nova.core.shape import NAME, Field, obj, raw, string
from nova.core.states import TaskState, transition
from nova.core.workflow import Workflow
from nova.errors import Invalid
from nova.seams import ApiSeams
from nova.servers.image.asking import answer, found_for, make_image, refuse_too_many
from nova.servers.image.create_image import WHEN, CreateImage
from nova.servers.image.steps import RotateBackups
from nova.servers.steps.root_disk import volume_backed
from nova.servers.steps.shapes import METADATA

NUMBER = raw(type=["integer", "string"], pattern="^[0-9]*$", minimum=0, minLength=1)


class VolumesNotBackedUp(Invalid):
    template = "Backup is not supported for volume-backed instances."


class CreateBackup(CreateImage):
    name = "createBackup"
    policy = Policy("os-create-backup", MEMBER, "Back up a server")
    body = obj(
        Field("name", NAME, required=True),
        Field("backup_type", string(), required=True),
        Field("rotation", NUMBER, required=True),
        Field("metadata", METADATA),
    )
    moves = transition(*WHEN, via=TaskState.IMAGE_BACKUP)
    event: ClassVar[str] = "compute_backup_instance"
    steps: ClassVar[Workflow] = (*CreateImage.steps, RotateBackups())

    def arguments(self, call: Call[Any], instance: Any) -> dict[str, Any]:
        wish = call.body[self.name]
        return {"backup_type": wish["backup_type"], "rotation": int(wish["rotation"])}


CREATE_BACKUP = CreateBackup()


def create_backup(call: Call[ApiSeams]) -> Answer:
    found = found_for(call, CREATE_BACKUP)
    wish: dict[str, Any] = call.body[CREATE_BACKUP.name]
    metadata = wish.get("metadata") or {}
    refuse_too_many(call, metadata)
    if found.cell is not None and volume_backed(found.instance):
        raise VolumesNotBackedUp()
    own = {"image_type": "backup", "backup_type": wish["backup_type"], **metadata}
    image_id = make_image(call, CREATE_BACKUP, found, wish["name"].strip(), own)
    return answer(call, image_id, told=int(wish["rotation"]) != 0)


ROUTES = (
    Route(
        "POST", "/servers/{id}/action", create_backup, success=202, body=CREATE_BACKUP.shape(),
        action=CREATE_BACKUP.name, policies=(CREATE_BACKUP.policy,),
    ),
)  # fmt: skip
