"""One at a time for each server."""

import pytest

from nova.compute.turns import Turns
from tests.simulation.clock import SimClock


def test_the_same_name_waits_and_others_do_not() -> None:
    clock = SimClock(seed=1)
    turns = Turns(clock)
    seen: list[tuple[str, str, float]] = []

    def work(name: str) -> None:
        with turns.of(name):
            seen.append((name, "in", clock.monotonic()))
            clock.sleep(10)
            seen.append((name, "out", clock.monotonic()))

    for name in ("a", "a", "a", "b"):
        clock.start_task("host", work, name)
    clock.run(100)
    assert [when for name, what, when in seen if (name, what) == ("a", "in")] == [0, 10, 20]
    assert [when for name, what, when in seen if (name, what) == ("b", "in")] == [0]


def test_nothing_is_kept_of_turns_that_are_over() -> None:
    clock = SimClock()
    turns = Turns(clock)
    with turns.of("a"), turns.of("b"):
        assert turns.taken("a") and turns.taken("b") and not turns.taken("c")
    with pytest.raises(ZeroDivisionError), turns.of("a"):
        1 / 0
    assert not turns.taken("a") and turns._locks == {}


def test_a_turn_that_is_free_is_had_at_once_or_not_at_all() -> None:
    turns = Turns(SimClock())
    with turns.of("a"):
        assert turns.free("a") is None
    turn = turns.free("a")
    assert turn is not None and turns.free("a") is None
    with turn:
        assert turns.taken("a")
    assert turns._locks == {}
