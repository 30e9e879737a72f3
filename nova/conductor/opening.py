"""The create of one server, as it begins in its cell."""

from collections.abc import Sequence
from datetime import datetime

from nova.core.states import OperationState
from nova.objects.cloud import BuildRequest, Selection
from nova.objects.server import Operation
from nova.servers.create.build import Build


def operation_of(
    build: BuildRequest, selections: Sequence[Selection], now: datetime
) -> Operation:
    """The first candidate is claimed already."""
    progress = {
        name: build.arguments.get(name)
        for name in ("interfaces", "port_groups", "auto", "security_groups", "image", "personality",
                     "admin_password", "random_seed")
    }
    progress["interfaces"] = progress["interfaces"] or []
    progress["security_groups"] = progress["security_groups"] or []
    progress["candidates"] = [one.obj_to_primitive() for one in selections]
    progress["candidate"] = 0
    progress["target"] = selections[0].host if selections else None
    action = Build()
    return Operation(
        instance_uuid=build.instance_uuid,
        action=action.recorded(),
        kind=action.kind,
        version=action.version,
        request_id=build.request_id,
        user_id=build.instance.user_id,
        project_id=build.project_id,
        start_time=build.created_at or now,
        finish_time=None,
        updated_at=now,
        message=None,
        state=OperationState.ACCEPTED.value,
        cursor=1,
        owner=None,
        lease_expires_at=None,
        deadline=build.deadline,
        attempts=0,
        arguments={},
        progress=progress,
        events=[],
    )
