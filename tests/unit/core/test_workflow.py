"""The one loop that runs all workflows."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova.core.workflow import (
    PointOfNoReturn,
    Retry,
    Run,
    Side,
    Step,
    Verdict,
    advance,
    give_up,
    places,
    side_of,
    take_back,
)
from nova.errors import NovaError

HOST, CONDUCTOR = Side.HOST, Side.CONDUCTOR
NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Broken(NovaError):
    template = "{name} is broken."


class Hopeless(NovaError):
    template = "No candidate would do."


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Operation:
    state: str = "running"
    cursor: int = 0
    progress: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """What steps hold, and what they did: ('do' or 'undo', name, side)."""

    held: set[str] = field(default_factory=set)
    log: list[tuple[str, str]] = field(default_factory=list)
    sides: list[tuple[str, Side]] = field(default_factory=list)
    side: Side = CONDUCTOR


class Named(Step):
    """Holds something from `do` to `undo`; fails as often as `fails` says, with `error`."""

    def __init__(self, name, on=CONDUCTOR, undo_on=None, fails=0, bad_undo=False, error=None,
                 event=None):  # fmt: skip
        self.name, self.on, self.undo_on, self.event = name, on, undo_on, event
        self.fails, self.bad_undo, self.error = fails, bad_undo, error

    def do(self, run):
        world = run.seams
        world.log.append(("do", self.name))
        world.sides.append((self.name, world.side, self.on))
        world.held.add(self.name)
        if self.fails:
            self.fails -= 1
            raise self.error or Broken(name=self.name)

    def undo(self, run):
        world = run.seams
        world.log.append(("undo", self.name))
        world.sides.append((self.name, world.side, self.undo_on or self.on))
        world.held.discard(self.name)
        if self.bad_undo:
            raise RuntimeError("the undo fails")


def candidates(count):
    """`another` of a Retry with so many."""

    def another(run):
        run.progress["tried"] = run.progress.get("tried", 0) + 1
        return run.progress["tried"] < count

    return another


def start():
    return Run(Operation(), None, None, World())


def to_end(workflow, run, *, host_absent=False, most=500):
    """Both sides in turn, as operations are handed over; the verdict that ended it."""
    side = CONDUCTOR
    for _ in range(most):
        run.seams.side = side
        verdict = advance(workflow, run, side, lambda: NOW, host_absent=host_absent)
        if verdict is not Verdict.HAND_OVER:
            return verdict
        assert side_of(workflow, run.operation) is not side
        side = side_of(workflow, run.operation)
    raise AssertionError("it goes round and round")


def done(run):
    return [name for what, name in run.seams.log if what == "do"]


def undone(run):
    return [name for what, name in run.seams.log if what == "undo"]


def test_all_steps_in_order_each_on_its_side():
    run = start()
    flow = (Named("a"), Named("b", HOST), Named("c", Side.EITHER), Named("d"))
    assert advance(flow, run, CONDUCTOR, lambda: NOW) is Verdict.HAND_OVER
    assert (done(run), side_of(flow, run.operation)) == (["a"], HOST)
    run.seams.side = HOST
    assert advance(flow, run, HOST, lambda: NOW) is Verdict.HAND_OVER
    assert done(run) == ["a", "b", "c"], "who is there does what either can"
    assert advance(flow, run, CONDUCTOR, lambda: NOW) is Verdict.DONE
    assert side_of(flow, run.operation) is Side.EITHER


def test_a_failure_undoes_all_in_reverse_and_is_told():
    run = start()
    flow = (Named("a"), Named("b", HOST), Named("c", fails=1), Named("d"))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["c", "b", "a"]
    assert run.error.message == "c is broken."
    assert run.seams.held == set()


def test_what_lies_before_the_point_of_no_return_stays():
    run = start()
    flow = (Named("a"), PointOfNoReturn(), Named("b"), Named("c", fails=1))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["c", "b"]
    assert run.seams.held == {"a"}


def test_each_candidate_has_its_own_undo():
    run = start()
    inner = (Named("claim"), Named("spawn", HOST, fails=2))
    flow = (Named("record"), Retry(inner, candidates(3)), Named("end"))
    assert to_end(flow, run) is Verdict.DONE
    assert done(run) == ["record", *["claim", "spawn"] * 3, "end"]
    assert undone(run) == ["spawn", "claim"] * 2


def test_without_a_candidate_all_is_undone():
    run = start()
    inner = (Named("claim"), Named("spawn", HOST, fails=9))
    flow = (Named("record"), Retry(inner, candidates(2)))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["spawn", "claim", "spawn", "claim", "record"]


def test_what_every_candidate_would_meet_is_not_tried_again():
    run = start()
    inner = (Named("claim"), Named("spawn", fails=1, error=Hopeless()))
    flow = (Retry(inner, candidates(5), hopeless=(Hopeless,)),)
    assert to_end(flow, run) is Verdict.FAILED
    assert done(run) == ["claim", "spawn"]


def test_a_failure_after_the_candidates_asks_for_no_other():
    run = start()
    flow = (Retry((Named("claim"),), candidates(5)), Named("late", fails=1))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["late", "claim"]


def test_a_failing_undo_is_recorded_and_the_others_go_on():
    run = start()
    flow = (Named("a"), Named("b", bad_undo=True), Named("c", fails=1))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["c", "b", "a"]
    assert run.progress["undo_failed"] == ["Named"]
    assert run.error.message == "c is broken."


def test_an_undo_on_the_other_side_is_handed_over():
    run = start()
    flow = (Named("a", HOST, undo_on=CONDUCTOR), Named("b", HOST, fails=1))
    assert to_end(flow, run) is Verdict.FAILED
    assert run.seams.sides[-2:] == [("b", HOST, HOST), ("a", CONDUCTOR, CONDUCTOR)]


def test_a_host_that_is_absent_is_passed_over():
    run = start()
    flow = (Named("a"), Named("b", HOST, undo_on=Side.EITHER), Named("c", HOST))
    advance(flow, run, CONDUCTOR, lambda: NOW)
    give_up(flow, run, Broken(name="the host"))
    assert to_end(flow, run, host_absent=True) is Verdict.FAILED
    assert undone(run) == ["b", "a"]
    assert run.error.message == "the host is broken."


def test_giving_up_a_host_turns_to_the_next_candidate():
    run = start()
    flow = (Retry((Named("claim"), Named("spawn", HOST)), candidates(2)),)
    advance(flow, run, CONDUCTOR, lambda: NOW)
    give_up(flow, run, Broken(name="the host"))
    verdict = advance(flow, run, CONDUCTOR, lambda: NOW, host_absent=True)
    assert verdict is Verdict.HAND_OVER
    assert (undone(run), done(run)) == (["claim"], ["claim", "claim"])


def test_giving_up_what_is_finished_or_undoing_already():
    flow = (Named("a"), Named("b"))
    run = start()
    run.operation.cursor = 2
    give_up(flow, run, Broken(name="x"))
    assert to_end(flow, run) is Verdict.FAILED
    assert undone(run) == ["b", "a"]
    run = start()
    run.operation.state, run.operation.cursor = "undoing", 0
    give_up(flow, run, Broken(name="x"))
    assert run.error is None, "the first error is the one that counts"


def test_taking_back_is_all_of_one_side():
    run = start()
    flow = (Named("a"), Retry((Named("b", HOST, bad_undo=True),), candidates(1)), Named("c", HOST))
    take_back(flow, run, HOST)
    assert undone(run) == ["c", "b"]


def test_the_end_of_the_process_is_no_failure():
    run = start()
    flow = (Named("a"), Named("b", fails=1, error=Killed()))
    with pytest.raises(Killed):
        advance(flow, run, CONDUCTOR, lambda: NOW)
    assert (run.operation.cursor, run.operation.state, undone(run)) == (1, "running", [])


def test_the_timeline_has_the_steps_with_names():
    run = start()
    flow = (Named("a", event="first"), Named("b"), Named("c", event="last", fails=1))
    to_end(flow, run)
    told = [(one.event, one.finish, type(one.error).__name__) for one in run.passed]
    assert told == [("first", NOW, "NoneType"), ("last", NOW, "Broken")]


def test_an_error_of_any_kind_is_an_end():
    run = start()
    assert to_end((Named("a", fails=1, error=KeyError("x")),), run) is Verdict.FAILED
    assert run.error is not None


# Any workflow at all.

SIDES = st.sampled_from([CONDUCTOR, HOST, Side.EITHER])


@st.composite
def workflows(draw):
    names = iter(range(100))

    def step():
        return Named(f"s{next(names)}", draw(SIDES), draw(st.one_of(st.none(), SIDES)),
                     fails=draw(st.sampled_from([0, 0, 0, 1, 2])), bad_undo=draw(st.booleans()))

    parts = []
    for kind in draw(st.lists(st.sampled_from(["step", "step", "retry", "point"]), max_size=6)):
        if kind == "point":
            parts.append(PointOfNoReturn())
        elif kind == "step":
            parts.append(step())
        else:
            inner = tuple(step() for _ in range(draw(st.integers(1, 3))))
            parts.append(Retry(inner, candidates(draw(st.integers(1, 3)))))
    return tuple(parts)


def check(workflow, run, verdict):
    flat = [place.step for place in places(workflow)]
    names = [getattr(step, "name", None) for step in flat]
    if verdict is Verdict.DONE:
        assert run.seams.held == {name for name in names if name}
    else:
        points = [n for n in range(max(run.operation.cursor, -1) + 1) if names[n] is None]
        kept = {name for name in names[: max(points, default=0)] if name}
        assert run.seams.held == kept
        assert run.error is not None
    for name, side, declared in run.seams.sides:
        assert declared in (side, Side.EITHER), name


@settings(max_examples=300, deadline=None)
@given(workflows())
def test_any_workflow_ends_and_holds_all_or_nothing(workflow):
    run = start()
    check(workflow, run, to_end(workflow, run))


@settings(max_examples=300, deadline=None)
@given(workflows(), st.data())
def test_a_runner_that_dies_is_followed_by_another(workflow, data):
    """All that is kept is what was handed over; the world stays as the dead left it."""
    run, side = start(), CONDUCTOR
    deaths = data.draw(st.lists(st.integers(0, 6), max_size=3))
    for _ in range(500):
        run.seams.side = side
        kept = copy.deepcopy(run.operation)
        verdict = _until_death(workflow, run, side, deaths)
        if verdict is None:
            run = Run(kept, None, None, run.seams)
        elif verdict is not Verdict.HAND_OVER:
            return check(workflow, run, verdict)
        else:
            side = side_of(workflow, run.operation)
    raise AssertionError("it goes round and round")


def _until_death(workflow, run, side, deaths):
    """None: it died after as many steps as the next of `deaths` says."""
    if not deaths:
        return advance(workflow, run, side, lambda: NOW)
    run.seams.log = _Mortal(run.seams.log, deaths.pop())
    try:
        return advance(workflow, run, side, lambda: NOW)
    except Killed:
        return None
    finally:
        run.seams.log = list(run.seams.log)


class _Mortal(list):
    """A log that ends its writer."""

    def __init__(self, so_far, left):
        super().__init__(so_far)
        self._left = left

    def append(self, entry):
        super().append(entry)
        if self._left == 0:
            raise Killed
        self._left -= 1


def test_a_side_that_is_given_up_may_have_done_all_that_was_its():
    """The cursor is written when the work changes sides: what follows on the lost side may
    be half done."""
    run = start()
    flow = (Named("a"), Named("b", HOST), Named("c", HOST, undo_on=Side.EITHER), PointOfNoReturn(),
            Named("d", HOST))
    advance(flow, run, CONDUCTOR, lambda: NOW)
    assert run.operation.cursor == 1
    give_up(flow, run, Broken(name="the host"))
    assert to_end(flow, run, host_absent=True) is Verdict.FAILED
    assert undone(run) == ["c", "a"]
