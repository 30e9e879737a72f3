"""Workflows: steps with inverses, and the one loop that runs them.

A workflow is a tuple of `Step`s, possibly with a `Retry` around some and a
`PointOfNoReturn` among them.  What is remembered between processes is an
operation's `state`, `cursor` (the index of the step that is next) and
`progress`; everything else follows from those, because

- doing a step twice is safe, and
- undoing a step that never ran, or ran half, is safe.

So a runner that died is followed by another that goes on from the cursor.
`advance` runs the steps of one side (the conductor's, or a host's) until the
workflow ends or the next step is the other side's.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from nova.core.states import OperationState
from nova.errors import NovaError, from_wire, to_wire

LOG = logging.getLogger(__name__)
S = TypeVar("S")


class Side(Enum):
    CONDUCTOR = "conductor"
    HOST = "host"
    EITHER = "either"


class Verdict(Enum):
    """Why `advance` returned."""

    DONE = "done"
    FAILED = "failed"
    HAND_OVER = "hand_over"


class Journaled(Protocol):
    """What of an operation the runner reads and moves."""

    state: str
    cursor: int
    progress: dict[str, Any]


@dataclass
class Passed:
    """One step that was tried, for the timeline."""

    event: str
    start: datetime
    finish: datetime | None = None
    error: BaseException | None = None


@dataclass
class Run(Generic[S]):
    """A workflow under way on one side.

    `operation` and `instance` are the records, `seams` what this side can
    reach; `answer` is what a user who waits is told (JSON), `failure` what it failed
    with; `changes` collects columns of the instance to write with the next hand-over or
    with the end; `told` are the task states shown so far; `wanted` tells whether other work
    waits for the server, for which long work that may fail should make way.
    """

    operation: Any
    instance: Any
    context: Any
    seams: S
    changes: dict[str, Any] = field(default_factory=dict)
    passed: list[Passed] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    shown: Callable[["Run[S]", dict[str, Any]], None] | None = None
    wanted: Callable[[], bool] = lambda: False
    answer: Any = None
    failure: BaseException | None = None

    @property
    def progress(self) -> dict[str, Any]:
        found: dict[str, Any] = self.operation.progress
        return found

    @property
    def error(self) -> NovaError | None:
        """What made the workflow fail, once it has."""
        wire = self.progress.get("error")
        return None if wire is None else from_wire(wire)

    def show(self, **columns: Any) -> None:
        """Let the user see columns of the instance now, as far as somebody listens."""
        if self.shown is not None:
            self.shown(self, columns)

    def change(self, **columns: Any) -> None:
        self.changes.update(columns)
        for name, value in columns.items():
            setattr(self.instance, name, value)


class Step:
    """One thing to do, and how to take it back.

    `event` is the name under which the timeline shows it (None: not shown).
    `undo_on` is the side that can take it back, `on` unless said otherwise.
    """

    on: ClassVar[Side] = Side.CONDUCTOR
    undo_on: ClassVar[Side | None] = None
    event: ClassVar[str | None] = None

    def do(self, run: Run[Any]) -> None:
        raise NotImplementedError

    def undo(self, run: Run[Any]) -> None:
        """Nothing to take back."""


class PointOfNoReturn(Step):
    """What lies before is not undone any more; what follows only goes forward."""

    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        """Passing it is all."""


@dataclass(frozen=True)
class Retry:
    """Steps that are tried with one candidate after another.

    `hopeless` are the errors that every candidate would meet; `another` moves
    the run to the next one, or answers False when there is none.  Each
    candidate has its own undo.
    """

    steps: tuple[Step, ...]
    another: Callable[[Run[Any]], bool]
    hopeless: tuple[type[BaseException], ...] = ()


@dataclass(frozen=True)
class _Place:
    step: Step
    retry: Retry | None
    start: int


Workflow = tuple[Step | Retry, ...]


def places(workflow: Workflow) -> list[_Place]:
    """The steps in order, each knowing its Retry and where that begins."""
    flat: list[_Place] = []
    for part in workflow:
        if isinstance(part, Retry):
            start = len(flat)
            flat += [_Place(step, part, start) for step in part.steps]
        else:
            flat.append(_Place(part, None, 0))
    return flat


def side_of(workflow: Workflow, operation: Journaled) -> Side:
    """Which side has to act next."""
    flat = places(workflow)
    if 0 <= operation.cursor < len(flat):
        step = flat[operation.cursor].step
        if operation.state == OperationState.UNDOING:
            return step.undo_on or step.on
        return step.on
    return Side.EITHER


def give_up(workflow: Workflow, run: Run[Any], error: Exception) -> None:
    """Turn a workflow that somebody else was running round: `error` is its end.
    A host that is down is a reason to try another one; a passed deadline is not."""
    flat = places(workflow)
    run.operation.cursor = min(run.operation.cursor, len(flat) - 1)
    if run.operation.state != OperationState.UNDOING:
        run.operation.cursor = _furthest(flat, run.operation.cursor)
        _begin_undo(flat, run, error)


def _furthest(flat: list[_Place], cursor: int) -> int:
    """The last step that whoever was to go on at the cursor may have begun; what is not
    to be undone he would have told."""
    side = flat[cursor].step.on
    for number in range(cursor + 1, len(flat)):
        on = flat[number].step.on
        if isinstance(flat[number].step, PointOfNoReturn):
            return number - 1
        if on is not Side.EITHER and side not in (on, Side.EITHER):
            return number - 1
        side = on if side is Side.EITHER else side
    return len(flat) - 1


def take_back(workflow: Workflow, run: Run[Any], side: Side) -> None:
    """Undo all that `side` does in a workflow, whatever of it was done."""
    for place in reversed(places(workflow)):
        if place.step.on is side:
            _undo_safely(place.step, run)


def advance(
    workflow: Workflow,
    run: Run[Any],
    side: Side,
    now: Callable[[], datetime],
    *,
    host_absent: bool = False,
) -> Verdict:
    """Run what is this side's; see the module's text.

    `host_absent`: nothing can be undone on the host now; what only it can undo
    is passed over, and the host cleans up when it finds that it lost the
    operation.  Errors of a step become `progress['error']` and undoing.  Anything that is
    not an Exception (the process is being killed) passes through untouched.
    """
    flat = places(workflow)
    while True:
        operation = run.operation
        if operation.state == OperationState.UNDOING:
            verdict = _undo_one(flat, run, side, host_absent)
        else:
            verdict = _do_one(flat, run, side, now)
        if verdict is not None:
            return verdict


def _do_one(
    flat: list[_Place], run: Run[Any], side: Side, now: Callable[[], datetime]
) -> Verdict | None:
    operation = run.operation
    if operation.cursor >= len(flat):
        return Verdict.DONE
    step = flat[operation.cursor].step
    if step.on not in (side, Side.EITHER):
        return Verdict.HAND_OVER
    passed = Passed(step.event or "", now())
    try:
        step.do(run)
    except Exception as error:
        LOG.info("Step %s failed: %s", type(step).__name__, error, exc_info=True)
        passed.error = error
        _begin_undo(flat, run, error)
    else:
        operation.cursor += 1
    passed.finish = now()
    if step.event:
        run.passed.append(passed)
    return None


def _begin_undo(flat: list[_Place], run: Run[Any], error: Exception) -> None:
    retry = flat[run.operation.cursor].retry
    run.progress["error"] = to_wire(error)
    run.progress["retry"] = retry is not None and not isinstance(error, retry.hopeless)
    run.operation.state = OperationState.UNDOING.value


def _undo_one(
    flat: list[_Place], run: Run[Any], side: Side, host_absent: bool
) -> Verdict | None:
    """`cursor` is the step to undo; -1 or a point of no return ends it."""
    operation = run.operation
    if operation.cursor < 0:
        return Verdict.FAILED
    place = flat[operation.cursor]
    if isinstance(place.step, PointOfNoReturn):
        return Verdict.FAILED
    undone_by = place.step.undo_on or place.step.on
    if undone_by in (side, Side.EITHER):
        _undo_safely(place.step, run)
    elif not host_absent:
        return Verdict.HAND_OVER
    if operation.cursor == place.start and place.retry and run.progress.get("retry"):
        if _next_candidate(place, run):
            return None
        run.progress["retry"] = False
    operation.cursor -= 1
    return None


def _undo_safely(step: Step, run: Run[Any]) -> None:
    try:
        step.undo(run)
    except Exception:
        LOG.exception("Undoing %s failed; going on", type(step).__name__)
        run.progress.setdefault("undo_failed", []).append(type(step).__name__)


def _next_candidate(place: _Place, run: Run[Any]) -> bool:
    if place.retry is None or not place.retry.another(run):
        return False
    run.operation.state = OperationState.RUNNING.value
    run.operation.cursor = place.start
    return True
