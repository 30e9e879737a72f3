"""The API's half of making an image.

The operation is written first, held by the API for as long as it takes to
register the image under an id chosen here; then it is let go.  Whoever finds it after
the API died finds no image, and ends it: the user has had no answer.
"""

import uuid as uuids
from collections.abc import Mapping

from nova.clients.image.contract import ImageDraft
from nova.core.action import WorkflowAction
from nova.core.call import Answer, Call
from nova.core.clock import seconds
from nova.core.states import OperationState
from nova.errors import NovaError
from nova.microversions import IMAGE_ID_BODY, IMAGE_METADATA_GONE
from nova.objects.server import Instance, Operation, Outcome
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import StateConflict
from nova.resources.quotas.limits import limits_of
from nova.seams import ApiSeams
from nova.servers.face import guard, opened, refuse_state, tell
from nova.servers.image.properties import SHARED, draft_of
from nova.servers.load import Found, find_for
from nova.servers.steps.requested import refuse_metadata

NEVER_ENDED = "Error"


def found_for(call: Call[ApiSeams], action: WorkflowAction) -> Found:
    """The server, if the caller may do that to it."""
    return find_for(call, action.policy)


def refuse_too_many(call: Call[ApiSeams], metadata: Mapping[str, str]) -> None:
    """As long as images had a quota here."""
    if metadata and not call.has(IMAGE_METADATA_GONE):
        refuse_metadata(limits_of(call), metadata)


def make_image(
    call: Call[ApiSeams],
    action: WorkflowAction,
    found: Found,
    name: str,
    properties: Mapping[str, str],
) -> str:
    """Accept it: the id of the image, which is queued."""
    instance = found.instance
    guard(call, action, instance)
    cell = found.require_cell()
    image_id = str(uuids.uuid4())
    draft = draft_of(call.seams.conf, call.context, instance, image_id, name, properties)
    operation = _begun(call, cell, action, instance, image_id)
    try:
        _register(call, draft, instance)
    except NovaError:
        cell.operations.settle(operation.id, operation.owner or "", _refused())
        raise
    cell.operations.save(operation, operation.owner or "", new_owner="")
    tell(call, cell, operation)
    return image_id


def answer(call: Call[ApiSeams], image_id: str, *, told: bool = True) -> Answer:
    """Where the image is; unless `told`, old clients learn nothing."""
    if call.has(IMAGE_ID_BODY):
        return Answer({"image_id": image_id})
    location = call.seams.image.location(call.context, image_id)
    return Answer(headers={"Location": location} if told else {})


def _begun(
    call: Call[ApiSeams], cell: CellStore, action: WorkflowAction, instance: Instance, image_id: str
) -> Operation:
    operation = opened(call, action, instance)
    operation.arguments = {**operation.arguments, "image_id": image_id}
    operation.progress = {**operation.progress, "made": True}
    operation.owner = f"api:{call.seams.conf.host}:{call.context.request_id}"
    lease = seconds(call.seams.conf.journal.lease_seconds)
    operation.lease_expires_at = call.seams.clock.now() + lease
    changes = action.changes(call, instance)
    try:
        return cell.operations.begin(operation, action.moves, changes)
    except StateConflict:
        refuse_state(action, cell.instances.get(instance.uuid))
        raise


def _register(call: Call[ApiSeams], draft: ImageDraft, instance: Instance) -> None:
    call.seams.image.create(call.context, draft)
    if draft.visibility == SHARED and instance.project_id:
        call.seams.image.share(call.context, draft.id or "", instance.project_id)


def _refused() -> Outcome:
    return Outcome(
        state=OperationState.FAILED.value, instance={}, deleted=False, message=NEVER_ENDED,
        fault=None, events=[], network_info=None,
    )  # fmt: skip
