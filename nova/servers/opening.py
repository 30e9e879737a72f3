"""Operations as they begin."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nova.context import RequestContext
from nova.core.action import Action
from nova.core.states import OperationState
from nova.objects.server import Operation


def operation_of(
    context: RequestContext,
    action: Action,
    instance_uuid: str,
    now: datetime,
    arguments: Mapping[str, Any],
    progress: Mapping[str, Any],
) -> Operation:
    """`action`, asked for by `context`, not yet in the journal."""
    return Operation(
        instance_uuid=instance_uuid,
        action=action.recorded(),
        kind=action.kind,
        version=action.version,
        request_id=context.request_id,
        user_id=context.user_id,
        project_id=context.project_id,
        start_time=now,
        finish_time=None,
        updated_at=now,
        message=None,
        state=OperationState.ACCEPTED.value,
        cursor=0,
        owner=None,
        lease_expires_at=None,
        deadline=now + action.deadline,
        attempts=0,
        arguments=dict(arguments),
        progress=dict(progress),
        events=[],
    )
