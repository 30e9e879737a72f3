"""Silence counts only while somebody could have been heard."""

from datetime import UTC, datetime, timedelta

import pytest

from nova.core.clock import RealClock
from nova.core.hearing import Hearing
from nova.errors import Unavailable

MINUTE = timedelta(minutes=1)


class Clock(RealClock):
    def __init__(self) -> None:
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


def away() -> None:
    raise Unavailable(service="message broker", reason="test")


def listen(hearing: Hearing, clock: Clock, *minutes: bool) -> None:
    """One look a minute, each hearing something or not."""
    for heard in minutes:
        clock.moment += MINUTE
        hearing.listen((lambda: None) if heard else away)


def test_silence_counts_when_all_could_be_heard(clock: Clock) -> None:
    hearing = Hearing(clock)
    listen(hearing, clock, True, True, True)
    assert hearing.grace(MINUTE) == timedelta(0)


def test_an_outage_is_added_from_when_something_was_heard_last(clock: Clock) -> None:
    hearing = Hearing(clock)
    listen(hearing, clock, True, False, False)
    assert hearing.grace(5 * MINUTE) == 2 * MINUTE
    listen(hearing, clock, True)
    assert hearing.grace(5 * MINUTE) == 3 * MINUTE


def test_it_is_forgotten_when_all_had_their_time(clock: Clock) -> None:
    hearing = Hearing(clock)
    listen(hearing, clock, False, True, True)
    assert hearing.grace(2 * MINUTE) == 2 * MINUTE
    listen(hearing, clock, True)
    assert hearing.grace(2 * MINUTE) == timedelta(0)


def test_another_outage_is_another(clock: Clock) -> None:
    hearing = Hearing(clock)
    listen(hearing, clock, False, True, True, False)
    assert hearing.grace(5 * MINUTE) == MINUTE


def test_who_begins_knows_nothing_of_before(clock: Clock) -> None:
    hearing = Hearing(clock, deaf_before=True)
    assert hearing.grace(MINUTE) > timedelta(days=365)
    clock.moment += MINUTE
    hearing.listen(lambda: None)
    assert hearing.grace(MINUTE) == timedelta(0)


def test_time_in_which_nobody_listened_is_not_silence(clock: Clock) -> None:
    hearing = Hearing(clock)
    clock.moment += MINUTE
    assert hearing.grace(MINUTE) == MINUTE
    hearing.listen(lambda: None)
    assert hearing.grace(MINUTE) == timedelta(0)
