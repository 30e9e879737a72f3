"""The API's half of every action: from the declaration to a route.

In this order, as the contract has it: load, policy, the action's own refusals,
lock, host, state, launched; then the state is taken and the operation opened in
one transaction, the host or the conductor is told, and the user has an answer.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from nova.core.action import Action, HostAction, HostQuery, RecordAction, WorkflowAction
from nova.core.call import Answer, Call, Handler, Route
from nova.core.states import Transition
from nova.objects.server import Instance, Operation
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import InstanceNotFound, StateConflict
from nova.rpc.contract import NoAnswer
from nova.seams import ApiSeams
from nova.servers.errors import (
    HostSilent,
    InstanceInvalidState,
    InstanceLocked,
    InstanceNotLaunched,
    InstanceNotReady,
)
from nova.servers.load import find, target_of
from nova.servers.opening import operation_of
from nova.servers.steps.unique_names import with_name


def routes_of(actions: Iterable[Action]) -> tuple[Route, ...]:
    return tuple(_route(action) for action in actions)


def _route(action: Action) -> Route:
    return Route(
        "POST",
        "/servers/{id}/action",
        _handler(action),
        success=action.success,
        body=action.shape(),
        action=action.name,
        since=action.since,
        until=action.until,
        policies=(action.policy, *action.more_policies),
    )


def _handler(action: Action) -> Handler:
    def handle(call: Call[ApiSeams]) -> Any:
        return request(call, action.chosen(call), call.params["id"])

    return handle


def request(call: Call[ApiSeams], action: Action, uuid: str) -> Answer:
    """Do `action` to the server `uuid`, as far as the API does it."""
    found = find(call, uuid)
    instance = found.instance
    call.enforce(action.policy, target_of(instance))
    if found.cell is None:
        return _before_it_lives(call, action, instance)
    action.check(call, instance)
    guard(call, action, instance)
    if isinstance(action, HostQuery):
        answer = _ask(call, action, instance, found.cell)
        return Answer(action.told(call, instance, found.cell, answer))
    operation = accept(call, action, instance, found.cell)
    if action.answers:
        return Answer(action.ended(call, instance, end_of(call, found.cell, operation)))
    return Answer(action.answer(call, instance))


def _before_it_lives(call: Call[ApiSeams], action: Action, instance: Instance) -> Answer:
    """A server without a cell can only be ended; most actions refuse its state anyway."""
    guard(call, action, instance)
    if _ends(action) and call.seams.stores.api.builds.cancel(instance.uuid):
        return Answer()
    if find(call, instance.uuid).cell is not None:
        # It found its cell while we looked.
        return request(call, action, instance.uuid)
    raise InstanceNotFound(instance_id=instance.uuid)


def guard(call: Call[ApiSeams], action: Action, instance: Instance) -> None:
    """Raise the contract's refusal unless the action may begin."""
    if action.refused_when_locked and instance.locked and not call.context.is_admin:
        raise InstanceLocked(instance_uuid=instance.uuid)
    if action.needs_host and not instance.host:
        raise InstanceNotReady(instance_uuid=instance.uuid)
    refuse_state(action, instance)
    if action.moves.launched_only and instance.launched_at is None:
        raise InstanceNotLaunched(word=action.refusal_word(), instance_uuid=instance.uuid)


def refuse_state(action: Action, instance: Instance) -> None:
    for attribute, state in _conflicts(action.moves, instance):
        raise InstanceInvalidState(
            word=action.refusal_word(),
            instance_uuid=instance.uuid,
            attribute=attribute,
            state=state,
        )


def _conflicts(moves: Transition, instance: Instance) -> Iterable[tuple[str, str | None]]:
    if instance.vm_state not in moves.frm:
        yield "vm_state", instance.vm_state
    if moves.tasks is not None and instance.task_state not in moves.tasks:
        yield "task_state", instance.task_state


def _ask(call: Call[ApiSeams], action: HostQuery, instance: Instance, cell: CellStore) -> Any:
    try:
        return call.seams.hosts.ask(
            call.context, cell.uuid, instance.host or "", action.kind, instance,
            action.arguments(call, instance),
        )
    except NoAnswer:
        raise HostSilent() from None


def accept(
    call: Call[ApiSeams], action: Action, instance: Instance, cell: CellStore
) -> Operation:
    """Intent first: the state and the operation, in one transaction; then the wake-up.
    What is to end the server and is under way already is not begun again."""
    begun = _begun(action, instance, cell)
    if begun is not None:
        return begun
    operation = opened(call, action, instance)
    changes = action.changes(call, instance)
    at_once = isinstance(action, RecordAction)
    begin = partial(cell.operations.begin, operation, action.moves, changes, finished=at_once)
    try:
        operation = with_name(call, instance, changes, begin)
    except StateConflict as conflict:
        _explain(action, cell.instances.get(instance.uuid), conflict)
    if _ends(action):
        call.seams.stores.api.mappings.set_queued_for_delete(instance.uuid, True)
    if not at_once and not action.answers:
        tell(call, cell, operation)
    return operation


def _ends(action: Action) -> bool:
    return isinstance(action, WorkflowAction) and action.ends()


def _begun(action: Action, instance: Instance, cell: CellStore) -> Operation | None:
    if not (_ends(action) and instance.task_state == action.moves.via):
        return None
    found = cell.operations.of_instance(instance.uuid)
    return next(
        (one for one in found if one.finish_time is None and one.action == action.recorded()), None
    )


def end_of(call: Call[ApiSeams], cell: CellStore, operation: Operation) -> Any:
    """Have the host do it, and wait; what it says, or raises."""
    target = operation.progress.get("target") or ""
    longest = float(call.seams.conf.long_rpc_timeout)
    try:
        return call.seams.hosts.perform_now(call.context, cell.uuid, target, operation, longest)
    except NoAnswer:
        raise HostSilent() from None


def _explain(action: Action, now: Instance, conflict: StateConflict) -> None:
    """Somebody was faster: say what the state is now."""
    refuse_state(action, now)
    raise conflict


def opened(call: Call[ApiSeams], action: Action, instance: Instance) -> Operation:
    now = call.seams.clock.now()
    progress: dict[str, Any] = {}
    if isinstance(action, HostAction):
        progress = {"target": instance.host}
    if isinstance(action, WorkflowAction):
        progress = action.begin(call, instance)
    arguments = action.arguments(call, instance)
    return operation_of(call.context, action, instance.uuid, now, arguments, progress)


def tell(call: Call[ApiSeams], cell: CellStore, operation: Operation) -> None:
    """Wake whoever acts first: the target host, or the conductor."""
    target = operation.progress.get("target")
    if target:
        call.seams.hosts.perform(call.context, cell.uuid, target, operation)
    else:
        call.seams.conductor.resume(call.context, cell.uuid, operation)
