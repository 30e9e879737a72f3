"""Events: every change of power is told, also those nobody here asked for."""

import pytest

from nova.virt.contract.events import Transition
from tests.contracts.virt.subjects import eventually


@pytest.fixture
def heard(subject):
    """Transitions by guest, in order."""
    events = {}
    driver = subject.reborn()

    def hear(event):
        assert event.at.tzinfo is not None
        events.setdefault(event.uuid, []).append(event.transition)

    driver.events.subscribe(hear)
    yield events
    driver.close()


def test_a_life_is_told_in_order(subject, heard, spawn):
    guest = spawn()
    power = subject.driver.power
    power.pause(guest.uuid)
    power.unpause(guest.uuid)
    power.suspend(guest.uuid)
    power.resume(guest)
    power.power_off(guest.uuid)

    def told():
        return heard.get(guest.uuid, [])[-1:] == [Transition.STOPPED]

    assert eventually(told, subject.patience)
    assert _in_order(
        [
            Transition.STARTED,
            Transition.PAUSED,
            Transition.RESUMED,
            Transition.SUSPENDED,
            Transition.RESUMED,
            Transition.STOPPED,
        ],
        heard[guest.uuid],
    )
    assert heard[guest.uuid].count(Transition.STOPPED) == 1


def test_a_guest_that_others_stop_and_start_is_told(subject, heard, guest):
    heard.clear()
    subject.stop_behind(guest.uuid)
    subject.start_behind(guest.uuid)

    def told():
        return Transition.STARTED in heard.get(guest.uuid, [])

    assert eventually(told, subject.patience)
    assert heard[guest.uuid][0] is Transition.STOPPED


def test_a_failing_subscriber_does_not_end_it(subject, guest):
    driver = subject.reborn()
    seen = []

    def fail(event):
        seen.append(event)
        raise RuntimeError("not my day")

    unsubscribe = driver.events.subscribe(fail)
    try:
        driver.power.pause(guest.uuid)
        assert eventually(lambda: len(seen) == 1, subject.patience)
        driver.power.unpause(guest.uuid)
        assert eventually(lambda: len(seen) == 2, subject.patience)
        unsubscribe()
        driver.power.pause(guest.uuid)
    finally:
        driver.close()
    assert len(seen) == 2


def _in_order(expected, heard):
    """Others may come between: some freeze a guest while they start or save it."""
    rest = iter(heard)
    return all(transition in rest for transition in expected)
