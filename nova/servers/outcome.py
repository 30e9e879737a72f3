"""How an operation ended, in the form that the store settles."""

import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nova.core.action import Action, HostAction, WorkflowAction
from nova.core.states import OperationState, PowerState
from nova.core.workflow import Passed, Run
from nova.errors import NovaError, RemoteFailure
from nova.objects.server import Event, Fault, Outcome


def succeeded(action: Action, run: Run[Any], columns: Mapping[str, Any]) -> Outcome:
    """`columns` are set over what the steps collected and the action's own end state."""
    return _outcome(action, run, OperationState.DONE, {**_end_state(action, run), **columns})


def failed(
    action: Action,
    run: Run[Any],
    error: BaseException,
    columns: Mapping[str, Any],
    host: str | None,
) -> Outcome:
    outcome = _outcome(action, run, OperationState.FAILED, columns)
    outcome.deleted = False
    outcome.message = "Error"
    told = action.reason(run, error) if isinstance(action, WorkflowAction) else error
    outcome.fault = fault_of(run.instance.uuid, told, run.seams.clock.now(), host)
    return outcome


def _end_state(action: Action, run: Run[Any]) -> dict[str, Any]:
    if not isinstance(action, HostAction) or action.moves.to is None:
        return {}
    return {"vm_state": action.moves.to.value, "power_state": _power_state(run)}


def _power_state(run: Run[Any]) -> int:
    try:
        return int(run.seams.driver.spawn.guest_state(run.instance.uuid))
    except NovaError:
        return int(PowerState.PENDING)


def _outcome(
    action: Action, run: Run[Any], state: OperationState, columns: Mapping[str, Any]
) -> Outcome:
    network_info = run.instance.network_info if run.instance.known("network_info") else None
    return Outcome(
        state=state.value,
        instance={**run.changes, **columns},
        deleted=isinstance(action, WorkflowAction) and action.deletes(),
        message=None,
        fault=None,
        events=[event_of(one, getattr(run.seams, "host", None)) for one in run.passed],
        network_info=network_info,
    )


def event_of(passed: Passed, host: str | None) -> Event:
    error = passed.error
    return Event(
        event=passed.event,
        start_time=passed.start,
        finish_time=passed.finish,
        result="Error" if error else "Success",
        traceback="".join(traceback.format_exception(error)) if error else None,
        host=host,
        details=_short(error) if error else None,
    )


def fault_of(uuid: str, error: BaseException, now: datetime, host: str | None) -> Fault:
    """What the user reads: a sentence of ours, or only the kind of an unnamed error."""
    named = isinstance(error, NovaError)
    return Fault(
        instance_uuid=uuid,
        code=error.code if isinstance(error, NovaError) else 500,
        message=_short(error)[:255],
        details="".join(traceback.format_exception(error)) if not named or error.__traceback__
        else getattr(error, "explanation", None),
        host=host,
        created_at=now,
    )


def _short(error: BaseException) -> str:
    """Errors without a sentence of ours may tell what is not for users."""
    if isinstance(error, RemoteFailure):
        return str(error.gaps["kind"])
    return error.message if isinstance(error, NovaError) else type(error).__name__
