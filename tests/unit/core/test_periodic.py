"""Loops, and those of them that an operator may switch off."""

from typing import Any

import pytest

from nova.conf import new_config
from nova.core.clock import RealClock
from nova.core.periodic import Chores, Periodic


class Noted(Periodic):
    """Notes what is to be done when, and does nothing."""

    def __init__(self) -> None:
        super().__init__(RealClock())
        self.late: dict[str, float] = {}

    def every(self, name: str, seconds: float, work: Any, *, late: float = 0.0) -> None:
        self.late[name] = late


def shares(host: str, seconds: float = 60, **options: Any) -> dict[str, float]:
    conf = new_config()
    for name, value in {"host": host, **options}.items():
        conf.set_override(name, value)
    loops = Noted()
    for number in range(20):
        Chores(loops, conf).every(f"chore {number}", seconds, list)
    return loops.late


def test_an_operator_may_want_none() -> None:
    assert len(shares("a")) == 20
    assert shares("a", periodic_enable=False) == {}


def test_hosts_do_not_begin_together() -> None:
    assert shares("a") == shares("a")
    both = {*shares("a").values(), *shares("b").values()}
    assert len(both) == 40
    assert 0 <= min(both) < 20 and 40 < max(both) < 60


@pytest.mark.parametrize(("seconds", "delay", "most"), [(5, 60, 5), (600, 60, 60), (60, 0, 0)])
def test_the_delay_has_an_end(seconds: float, delay: int, most: float) -> None:
    assert max(shares("a", seconds, periodic_fuzzy_delay=delay).values()) <= most


def test_a_late_loop_turns_and_ends() -> None:
    clock = RealClock()
    loops, turned = Periodic(clock), clock.event()
    loops.every("soon", 0.01, turned.set, late=0.01)
    loops.every("much later", 0.01, list, late=3600)
    assert turned.wait(10)
    loops.stop()


def test_what_is_done_once_is_waited_for_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    loops, done = Periodic(RealClock()), RealClock().event()

    def fail() -> None:
        assert loops.pause(60)
        done.set()
        raise ValueError("as it happens")

    loops.once("thing", fail)
    loops.stop()
    assert done.is_set() and "thing failed this time" in caplog.text
