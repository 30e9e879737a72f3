"""Running the conductor's side of workflows, and handing over to hosts."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from nova.context import RequestContext, admin_context
from nova.core.action import Action, WorkflowAction
from nova.core.pools import default_size
from nova.core.states import OperationState
from nova.core.workflow import Passed, Run, Side, Step, Verdict, advance, give_up, places
from nova.errors import NovaError, Unavailable
from nova.objects.server import Instance, Operation
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import OperationLost, StateConflict
from nova.seams import ConductorSeams
from nova.servers.errors import DeadlinePassed, HostDown, InstanceNotReady
from nova.servers.outcome import failed, succeeded

LOG = logging.getLogger(__name__)


class Runner:
    """`owner` names this process in the journal."""

    def __init__(
        self, seams: ConductorSeams, owner: str, actions: Mapping[str, Action]
    ) -> None:
        self._seams = seams
        self.owner = owner
        self._actions = actions
        self._pool = seams.clock.pool("workflow", default_size(seams.conf))
        self._active: set[tuple[str, int]] = set()
        self._closed = False

    def submit(self, context: RequestContext, cell_uuid: str, operation_id: int) -> None:
        """Go on with an operation whose next step is ours."""
        self._soon(cell_uuid, operation_id, self._resume, context)

    def submit_end(self, cell_uuid: str, operation_id: int, error: NovaError) -> None:
        """Somebody else had it and will not finish: turn it round, or settle it as failed."""
        self._soon(cell_uuid, operation_id, self._end, error)

    def _soon(
        self, cell_uuid: str, operation_id: int, work: Callable[..., None], argument: object
    ) -> None:
        key = (cell_uuid, operation_id)
        if key not in self._active and not self._closed:
            self._active.add(key)
            self._pool.submit(self._claimed, key, work, argument)

    def active(self, cell_uuid: str) -> list[int]:
        return sorted(number for cell, number in self._active if cell == cell_uuid)

    def close(self, timeout: float) -> bool:
        """Take no more, finish what is under way."""
        self._closed = True
        return self._pool.close(timeout)

    def lease(self) -> timedelta:
        return timedelta(seconds=self._seams.conf.journal.lease_seconds)

    def _claimed(
        self, key: tuple[str, int], work: Callable[..., None], argument: object
    ) -> None:
        """Claim and do; what fails for now is the watchdog's."""
        cell_uuid, operation_id = key
        try:
            cell = self._seams.stores.cell(cell_uuid)
            work(cell, *self.claim(cell, operation_id), argument)
        except (OperationLost, StateConflict) as error:
            LOG.info("Not ours: %s", error)
        except Unavailable as error:
            LOG.warning("Operation %s waits for the watchdog: %s", operation_id, error)
        finally:
            self._active.discard(key)

    def claim(self, cell: CellStore, operation_id: int) -> tuple[Operation, Instance]:
        now = self._seams.clock.now()
        return cell.operations.claim(operation_id, self.owner, now, now + self.lease())

    def _resume(
        self, cell: CellStore, operation: Operation, instance: Instance, context: RequestContext
    ) -> None:
        self._go_on(context, cell, operation, instance, host_absent=False)

    def _end(
        self, cell: CellStore, operation: Operation, instance: Instance, error: NovaError
    ) -> None:
        action = self._actions.get(operation.kind)
        context = admin_context(operation.request_id)
        if isinstance(error, HostDown) and operation.progress.get("target") != error.gaps["host"]:
            # Another conductor was faster: it is with the next host already.
            return self._resume(cell, operation, instance, context)
        run = self._run(context, operation, instance)
        if not isinstance(action, WorkflowAction):
            return self._fail(action or Action(), run, cell, error)
        if not (action.spares_host() and isinstance(error, HostDown)):
            give_up(action.steps, run, error)
            if isinstance(error, DeadlinePassed):
                run.progress["retry"] = False
        self._go_on(context, cell, operation, instance, host_absent=True)

    def _run(
        self, context: RequestContext, operation: Operation, instance: Instance
    ) -> Run[ConductorSeams]:
        return Run(operation, instance, context, self._seams)

    def _go_on(
        self, context: RequestContext, cell: CellStore, operation: Operation,
        instance: Instance, *, host_absent: bool,
    ) -> None:
        action = self._actions.get(operation.kind)
        if not isinstance(action, WorkflowAction):
            return self._give_to_host(context, cell, self._run(context, operation, instance))
        run = self._run(context, operation, instance)
        passed = Passed(getattr(action, "event", ""), self._seams.clock.now())
        if operation.state == OperationState.ACCEPTED:
            operation.state = OperationState.RUNNING.value
        verdict = advance(
            action.steps, run, Side.CONDUCTOR, self._seams.clock.now, host_absent=host_absent
        )
        if verdict is Verdict.HAND_OVER:
            self._hand_over(context, cell, run)
        elif verdict is Verdict.DONE:
            passed.finish = self._seams.clock.now()
            run.passed.append(passed)
            outcome = succeeded(action, run, action.done(run))
            cell.operations.settle(operation.id, self.owner, outcome)
        else:
            error = run.error or NovaError()
            waits = action.spares_host() and isinstance(error, Unavailable)
            if waits and not self._late(operation):
                raise error
            self._undo_rest(action, run)
            self._fail(action, run, cell, error)

    def _undo_rest(self, action: WorkflowAction, run: Run[ConductorSeams]) -> None:
        """Try once more what could not be undone, and wait until the deadline for a service
        that is away: a server in error holds nothing."""
        left = run.progress.get("undo_failed", ())
        for place in reversed(places(action.steps)):
            ours = (place.step.undo_on or place.step.on) is not Side.HOST
            if ours and type(place.step).__name__ in left:
                self._undo(place.step, run)

    def _undo(self, step: Step, run: Run[ConductorSeams]) -> None:
        try:
            step.undo(run)
        except Exception as error:
            if isinstance(error, Unavailable) and not self._late(run.operation):
                raise
            LOG.exception("%s of %s is not undone", type(step).__name__, run.instance.uuid)

    def _late(self, operation: Operation) -> bool:
        return operation.deadline is not None and operation.deadline <= self._seams.clock.now()

    def _fail(
        self, action: Action, run: Run[ConductorSeams], cell: CellStore, error: NovaError
    ) -> None:
        columns: Mapping[str, Any] = {}
        if isinstance(action, WorkflowAction):
            columns = action.failed(run, error)
        elif isinstance(error, DeadlinePassed):
            columns = {"vm_state": "error"}
        outcome = failed(action, run, error, columns, run.instance.host)
        cell.operations.settle(run.operation.id, self.owner, outcome)

    def _hand_over(
        self, context: RequestContext, cell: CellStore, run: Run[ConductorSeams]
    ) -> None:
        """The next step is the target host's: free the operation and tell it."""
        operation = run.operation
        cell.operations.save(
            operation, self.owner, cursor=operation.cursor, progress=operation.progress,
            state=operation.state, new_owner="", instance=run.changes or None,
        )
        self._to_host(context, cell, operation)

    def _give_to_host(
        self, context: RequestContext, cell: CellStore, run: Run[ConductorSeams]
    ) -> None:
        """Work of one host, that nobody else can do; without a host, nobody can."""
        if run.progress.get("target"):
            return self._hand_over(context, cell, run)
        error = InstanceNotReady(instance_uuid=run.instance.uuid)
        self._fail(self._actions.get(run.operation.kind) or Action(), run, cell, error)

    def _to_host(self, context: RequestContext, cell: CellStore, operation: Operation) -> None:
        target = operation.progress.get("target")
        if target:
            self._seams.hosts.perform(context, cell.uuid, target, operation)
