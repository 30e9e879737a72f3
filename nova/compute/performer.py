"""Performing operations: claim, work, settle; one at a time for each server."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova.compute.turns import Turns
from nova.context import RequestContext, admin_context
from nova.core.action import Action, HostAction, WorkflowAction
from nova.core.periodic import Periodic
from nova.core.states import OperationState
from nova.core.workflow import (
    Passed,
    Run,
    Side,
    Verdict,
    advance,
    give_up,
    places,
    take_back,
)
from nova.errors import NovaError, Unavailable
from nova.objects.server import Operation, Outcome
from nova.objects.store.errors import OperationLost, StateConflict
from nova.seams import HostSeams
from nova.servers.outcome import failed, succeeded

LOG = logging.getLogger(__name__)

# Seconds between tries to tell the conductor something it has to know.
PATIENCE = 2.0
# Seconds in which the driver still speaks of a change that is work of ours.
RECENTLY = 5.0


class Ending(Exception):
    """This process is to end; the operation is left to the host's next one."""


class UnknownAction(NovaError):
    template = "Action {kind} version {version} is not known on this host."


class Performer:
    """`owner` names this process in the journal; `loops` tells when it is to end."""

    def __init__(
        self, seams: HostSeams, owner: str, actions: Mapping[str, Action], loops: Periodic
    ) -> None:
        self._seams = seams
        self._owner = owner
        self._actions = actions
        self._loops = loops
        self._turns = Turns(seams.clock)
        self._active: set[int] = set()
        self._closed = False
        # Builds that this host failed since the last that succeeded.
        self.failed_builds = 0
        self._left: dict[str, tuple[int, float]] = {}
        self._pool = seams.clock.pool("perform", _workers(seams))

    def submit(self, context: RequestContext, operation_id: int, instance_uuid: str) -> None:
        """Work on it soon; a doubled message changes nothing."""
        if operation_id in self._active or self._closed:
            return
        self._active.add(operation_id)
        self._pool.submit(self._perform, context, operation_id, instance_uuid)

    def perform_now(
        self, context: RequestContext, operation_id: int, instance_uuid: str
    ) -> Any:
        """Work on it in the caller's thread: what the action answers, or what it failed with."""
        if self._closed:
            raise Unavailable(service=self._seams.host, reason="it is ending")
        self._active.add(operation_id)
        run = self._perform(context, operation_id, instance_uuid)
        if run is None:
            raise OperationLost(operation_id=operation_id, owner=self._owner)
        if run.failure is not None:
            raise run.failure
        return run.answer

    def active(self) -> list[int]:
        return sorted(self._active)

    def works_on(self, instance_uuid: str) -> bool:
        return self._turns.taken(instance_uuid)

    def aside(self, instance_uuid: str, work: Callable[[], None]) -> bool:
        """Do `work` to the guest while no operation does anything to it; False: one does."""
        turn = self._turns.free(instance_uuid)
        if turn is None:
            return False
        with turn:
            work()
        return True

    def left_it(self, instance_uuid: str, power_state: int) -> bool:
        """Whether work here ended a moment ago with the guest in this state."""
        state, when = self._left.get(instance_uuid, (None, 0.0))
        return state == power_state and self._seams.clock.monotonic() - when < RECENTLY

    def close(self, timeout: float) -> bool:
        """Take no more, finish what is under way; False when `timeout` seconds were too few."""
        self._closed = True
        return self._pool.close(timeout)

    def _perform(
        self, context: RequestContext, operation_id: int, instance_uuid: str
    ) -> Run[HostSeams] | None:
        """What became of it; None when it was not ours, or is left to a later process."""
        try:
            with self._turns.of(instance_uuid):
                return self._claimed(context, operation_id)
        except Ending:
            LOG.info("Operation %s is left to the next process of this host", operation_id)
            return None
        finally:
            self._active.discard(operation_id)

    def _claimed(self, context: RequestContext, operation_id: int) -> Run[HostSeams] | None:
        try:
            operation, instance = self._insist(
                lambda: self._seams.store.claim(operation_id, self._owner)
            )
        except (OperationLost, StateConflict) as error:
            LOG.info("Not ours any more: %s", error)
            return None
        run: Run[HostSeams] = Run(
            operation, instance, _for_operation(context, operation), self._seams,
            shown=self._show, wanted=lambda: self._turns.contested(instance.uuid),
        )
        self._work(run)
        return run

    def _work(self, run: Run[HostSeams]) -> None:
        operation, instance = run.operation, run.instance
        action = self._actions.get(operation.kind)
        if action is None or action.version.split(".")[0] != operation.version.split(".")[0]:
            error = UnknownAction(kind=operation.kind, version=operation.version)
            columns = {"vm_state": "error"} if instance.vm_state == "building" else {}
            run.failure = error
            return self._settle(run, failed(Action(), run, error, columns, self._seams.host))
        if not _can(action, run):
            run.failure = action.unsupported(instance)
            self._settle(run, failed(action, run, run.failure, _columns(action, run, run.failure),
                                     self._seams.host))
        elif isinstance(action, HostAction):
            self._settle(run, self._host_action(action, run))
        elif isinstance(action, WorkflowAction):
            self._workflow(action, run)

    def _show(self, run: Run[HostSeams], columns: dict[str, Any]) -> None:
        after: list[str | None] = []
        if "task_state" in columns:
            after = [run.instance.task_state, *run.told]
            run.told.append(columns["task_state"])
        try:
            self._seams.store.progress(run.operation, self._owner, columns, after)
        except Unavailable as error:
            LOG.info("Progress was not told: %s", error)

    def _host_action(self, action: HostAction, run: Run[HostSeams]) -> Outcome:
        passed = Passed(action.event, self._seams.clock.now())
        run.passed.append(passed)
        try:
            columns = action.on_host(run) or {}
            outcome = succeeded(action, run, columns)
        except Exception as error:
            LOG.warning("%s of %s failed: %s", action.name, run.instance.uuid, error,
                        exc_info=not _is_refusal(error))
            passed.error = run.failure = error
            passed.finish = self._seams.clock.now()
            return failed(action, run, error, _columns(action, run, error), self._seams.host)
        outcome.events[-1].finish_time = self._seams.clock.now()
        return outcome

    def _workflow(self, action: WorkflowAction, run: Run[HostSeams]) -> None:
        passed = Passed(getattr(action, "event", ""), self._seams.clock.now())
        run.passed.append(passed)
        run.operation.state = _running(run.operation.state)
        if run.progress.pop("forsaken", False):
            lost = OperationLost(operation_id=run.operation.id, owner=self._owner)
            give_up(action.steps, run, lost)
        verdict = self._advance(action, run)
        self._count(action, run, verdict)
        passed.finish = self._seams.clock.now()
        passed.error = run.error if run.operation.state == OperationState.UNDOING else None
        if verdict is Verdict.HAND_OVER:
            self._hand_back(action, run)
        elif verdict is Verdict.FAILED and _left_to_undo(action, run):
            run.failure = run.error
            self._hand_back(action, run)
        elif verdict is Verdict.DONE:
            self._settle(run, succeeded(action, run, action.done(run)))
        else:
            error = run.failure = run.error or NovaError()
            self._settle(run, failed(action, run, error, _columns(action, run, error),
                                     self._seams.host))

    def _count(self, action: WorkflowAction, run: Run[HostSeams], verdict: Verdict) -> None:
        """What no other host could build either is not held against this one."""
        if action.creates() and verdict is Verdict.DONE:
            self.failed_builds = 0
        elif action.creates() and run.progress.get("retry"):
            self.failed_builds += 1

    def _advance(self, action: WorkflowAction, run: Run[HostSeams]) -> Verdict:
        """Forward-only work that met a service being away is tried again until its deadline."""
        while True:
            verdict = advance(action.steps, run, Side.HOST, self._seams.clock.now)
            if verdict is not Verdict.FAILED or not self._worth_waiting(action, run):
                return verdict
            self._rest()
            run.operation.state = OperationState.RUNNING.value

    def _worth_waiting(self, action: WorkflowAction, run: Run[HostSeams]) -> bool:
        late = run.operation.deadline and self._seams.clock.now() >= run.operation.deadline
        return bool(
            action.spares_host()
            and isinstance(run.error, Unavailable)
            and not late
        )

    def _settle(self, run: Run[HostSeams], outcome: Outcome) -> None:
        """What was done must be known; when another operation took the server meanwhile,
        what this one made is not wanted."""
        try:
            kept = self._insist(
                lambda: self._seams.store.settle(run.operation, self._owner, outcome)
            )
        except (OperationLost, StateConflict) as error:
            return self._lost(run, error)
        self._leave(run.instance.uuid, outcome.instance.get("power_state"))
        if not kept and outcome.state == OperationState.DONE:
            self._take_back(run)

    def _leave(self, uuid: str, power_state: int | None) -> None:
        now = self._seams.clock.monotonic()
        for old in [u for u, (_, when) in list(self._left.items()) if now - when > RECENTLY]:
            self._left.pop(old, None)
        if power_state is not None:
            self._left[uuid] = (power_state, now)

    def _hand_back(self, action: WorkflowAction, run: Run[HostSeams]) -> None:
        outcome = succeeded(action, run, {})
        outcome.state = run.operation.state
        outcome.deleted = False
        try:
            self._insist(
                lambda: self._seams.store.hand_back(run.operation, self._owner, outcome)
            )
        except (OperationLost, StateConflict) as error:
            self._lost(run, error)

    def _lost(self, run: Run[HostSeams], error: NovaError) -> None:
        """Somebody gave this host up and decided otherwise.  A guest that was being made is
        not wanted; ports are left, for they may be bound elsewhere by now, unless the server
        is gone."""
        LOG.warning("Operation %s was taken from this host: %s", run.operation.id, error)
        uuid = run.instance.uuid
        action = self._actions.get(run.operation.kind)
        creates = isinstance(action, WorkflowAction) and action.creates()
        if not creates or self._insist(lambda: self._seams.store.gone([uuid])):
            self._take_back(run)
        else:
            self._seams.driver.spawn.destroy(uuid)

    def _take_back(self, run: Run[HostSeams]) -> None:
        """Undo this host's steps of what gave something to a server that went another way."""
        action = self._actions.get(run.operation.kind)
        if isinstance(action, WorkflowAction) and action.adds():
            take_back(action.steps, run, Side.HOST)

    def _insist(self, ask: Callable[[], Any]) -> Any:
        """Ask until there is an answer; Ending when this process is to end first."""
        while True:
            try:
                return ask()
            except Unavailable as error:
                LOG.warning("Trying again: %s", error)
                self._rest()

    def _rest(self) -> None:
        if self._closed or self._loops.pause(PATIENCE):
            raise Ending


def _can(action: Action, run: Run[HostSeams]) -> bool:
    """Whether the driver here can do it; asked before anything happened."""
    return not action.needs or getattr(run.seams.driver, action.needs) is not None


def _left_to_undo(action: WorkflowAction, run: Run[Any]) -> bool:
    """Whether there is something to take back that failed here, and that a conductor can
    wait for: another service was away."""
    failed_here = run.progress.get("undo_failed", ())
    return any(
        place.step.undo_on is Side.EITHER and type(place.step).__name__ in failed_here
        for place in places(action.steps)
    )


def _is_refusal(error: BaseException) -> bool:
    """Of the user's wish, where nothing is wrong with this host."""
    return isinstance(error, NovaError) and error.code < 500


def _columns(action: Action, run: Run[HostSeams], error: BaseException) -> Mapping[str, Any]:
    if not isinstance(action, (HostAction, WorkflowAction)):
        return {}
    try:
        return action.failed(run, error)
    except NovaError:
        return {"vm_state": "error"}


def _running(state: str) -> str:
    return OperationState.RUNNING.value if state == OperationState.ACCEPTED else state


def _for_operation(context: RequestContext, operation: Operation) -> RequestContext:
    """Work goes on under the request that asked for it, whoever woke us."""
    if context.request_id == operation.request_id:
        return context
    return admin_context(operation.request_id)


def _workers(seams: HostSeams) -> int:
    return max(int(seams.conf.max_concurrent_builds or 10), 1) * 2
