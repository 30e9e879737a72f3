"""Actions that go wrong where one wants: made from the declarations, so that a new step, a
new workflow or a new action of one host is tampered with like every other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nova.core.action import Action, HostAction, WorkflowAction
from nova.core.workflow import PointOfNoReturn, Retry, Run, Side, Step, Workflow
from nova.errors import NovaError


class Moment(Enum):
    """`IN`: when the first thing outside that a step asks for has happened."""

    BEFORE = "before"
    IN = "in"
    AFTER = "after"


class Mishap(NovaError):
    template = "It goes wrong here."


def fail() -> None:
    raise Mishap()


@dataclass
class Plan:
    """What goes wrong when step `number` of `kind` is done (or undone), and how often yet.

    `happen` raises, or does not return because the process is no more.
    """

    kind: str = ""
    number: int = -1
    doing: str = "do"
    moment: Moment = Moment.BEFORE
    happen: Callable[[], None] = lambda: None
    times: int = 0
    happened: int = 0

    def concerns(self, kind: str, number: int, doing: str) -> bool:
        return (kind, number, doing) == (self.kind, self.number, self.doing) and self.times > 0

    def strike(self) -> None:
        self.times -= 1
        self.happened += 1
        self.happen()


@dataclass
class Tamperer:
    """Holds the plans; actions that it touched look into them at each step.

    `done` tells what was done: ('do' or 'undo', number of the step).  What an action of one
    host does is its step 0.
    """

    plans: list[Plan] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)

    def actions(self, declared: Mapping[str, Action]) -> dict[str, Action]:
        return {kind: self._touched(action) for kind, action in declared.items()}

    def _touched(self, action: Action) -> Action:
        if isinstance(action, HostAction):
            return self._obedient(action)
        if not isinstance(action, WorkflowAction):
            return action
        steps = self._workflow(action.kind, action.steps)
        return type(type(action).__name__, (type(action),), {"steps": steps})()

    def _obedient(self, action: HostAction) -> Action:
        def on_host(_: Action, run: Run[Any]) -> Any:
            return self.around(action.kind, 0, "do", run, action.on_host)

        return type(type(action).__name__, (type(action),), {"on_host": on_host})()

    def _workflow(self, kind: str, workflow: Workflow) -> Workflow:
        numbers = iter(range(1000))
        return tuple(
            Retry(tuple(self._step(kind, next(numbers), step) for step in part.steps),
                  part.another, part.hopeless)
            if isinstance(part, Retry) else self._step(kind, next(numbers), part)
            for part in workflow
        )

    def _step(self, kind: str, number: int, step: Step) -> Step:
        family = _TamperedPoint if isinstance(step, PointOfNoReturn) else _Tampered
        return family(self, kind, number, step)

    def around(
        self, kind: str, number: int, doing: str, run: Run[Any], work: Callable[[Run[Any]], Any]
    ) -> Any:
        self.done.append((doing, number))
        plan = next((p for p in self.plans if p.concerns(kind, number, doing)), None)
        if plan is None:
            return work(run)
        if plan.moment is Moment.BEFORE:
            plan.strike()
        answer = _watched(plan, run, work) if plan.moment is Moment.IN else work(run)
        if plan.moment is Moment.AFTER:
            plan.strike()
        return answer


def _watched(plan: Plan, run: Run[Any], work: Callable[[Run[Any]], Any]) -> Any:
    seams = run.seams
    run.seams = _Edge(seams, plan)
    try:
        return work(run)
    finally:
        run.seams = seams


class _Tampered(Step):
    """A step of a plan; otherwise as declared."""

    def __init__(self, tamperer: Tamperer, kind: str, number: int, step: Step) -> None:
        self._tamperer = tamperer
        self._place = (kind, number)
        self._step = step
        self.on: Side = step.on  # type: ignore[misc]
        self.undo_on: Side | None = step.undo_on  # type: ignore[misc]
        self.event: str | None = step.event  # type: ignore[misc]

    def do(self, run: Run[Any]) -> None:
        self._tamperer.around(*self._place, "do", run, self._step.do)

    def undo(self, run: Run[Any]) -> None:
        self._tamperer.around(*self._place, "undo", run, self._step.undo)


class _TamperedPoint(_Tampered, PointOfNoReturn):
    """Still a point of no return."""


OUTSIDE = ("network", "placement", "image", "driver", "store", "stores", "hosts", "scheduler")


class _Edge:
    """Seams that strike after the first call to the outside."""

    def __init__(self, real: Any, plan: Plan, outside: bool = False) -> None:
        self._real, self._plan, self._outside = real, plan, outside

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if self._outside and callable(found):
            return self._striking(found)
        if self._outside or name in OUTSIDE:
            return found if found is None else _Edge(found, self._plan, outside=True)
        return found

    def _striking(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            answer = function(*arguments, **named)
            if self._plan.times > 0:
                self._plan.strike()
            return answer

        return call
