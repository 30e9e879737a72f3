"""Power: the states that guests go through, and those they refuse."""

import threading
import time

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import CannotSpawn, GuestNotFound, WrongPowerState
from tests.contracts.virt.subjects import describe, nic, state, wait_until_up


def test_off_and_on(subject, guest):
    power = subject.driver.power
    power.power_off(guest.uuid)
    assert state(subject, guest) is PowerState.SHUTDOWN
    power.power_off(guest.uuid)
    power.power_on(guest)
    assert state(subject, guest) is PowerState.RUNNING
    power.power_on(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_a_polite_guest_shuts_itself_down(subject, guest):
    wait_until_up(subject, guest)
    start = time.monotonic()
    subject.driver.power.power_off(guest.uuid, timeout=30, retry_interval=2)
    assert time.monotonic() - start < 15
    assert state(subject, guest) is PowerState.SHUTDOWN


def test_soft_reboot_is_the_guest_s_own_deed(subject, guest):
    wait_until_up(subject, guest)
    assert subject.driver.power.reboot_soft(guest.uuid, timeout=30)
    assert state(subject, guest) is PowerState.RUNNING


def test_a_deaf_guest_does_not_reboot_and_is_cut_off_when_its_time_is_up(subject, spawn):
    guest = spawn(image=subject.deaf)
    assert not subject.driver.power.reboot_soft(guest.uuid, timeout=1)
    assert state(subject, guest) is PowerState.RUNNING
    start = time.monotonic()
    subject.driver.power.power_off(guest.uuid, timeout=1, retry_interval=1)
    assert time.monotonic() - start >= 1
    assert state(subject, guest) is PowerState.SHUTDOWN


def test_hard_reboot_works_from_every_state(subject, guest):
    power = subject.driver.power
    for before in (
        lambda: power.pause(guest.uuid),
        lambda: power.suspend(guest.uuid),
        lambda: power.power_off(guest.uuid),
        lambda: subject.driver.spawn.destroy(guest.uuid, destroy_disks=False),
    ):
        before()
        power.reboot_hard(guest)
        assert state(subject, guest) is PowerState.RUNNING


def test_pause_and_unpause(subject, guest):
    power = subject.driver.power
    for _time in range(2):
        power.pause(guest.uuid)
        assert state(subject, guest) is PowerState.PAUSED
    for _time in range(2):
        power.unpause(guest.uuid)
        assert state(subject, guest) is PowerState.RUNNING


def test_suspend_and_resume_keep_the_memory(subject, guest):
    wait_until_up(subject, guest)
    power = subject.driver.power
    booted = subject.driver.console.output(guest.uuid).count(subject.banner)
    for _time in range(2):
        power.suspend(guest.uuid)
        assert state(subject, guest) is PowerState.SHUTDOWN
    for _time in range(2):
        power.resume(guest)
        assert state(subject, guest) is PowerState.RUNNING
    assert subject.driver.console.output(guest.uuid).count(subject.banner) == booted


def test_a_paused_guest_can_be_suspended_and_runs_afterwards(subject, guest):
    power = subject.driver.power
    power.pause(guest.uuid)
    power.suspend(guest.uuid)
    power.resume(guest)
    assert state(subject, guest) is PowerState.RUNNING


def test_a_stopped_guest_cannot_be_held(subject, guest):
    subject.driver.power.power_off(guest.uuid)
    assert not subject.driver.power.reboot_soft(guest.uuid, timeout=1)
    for verb in ("pause", "unpause", "suspend"):
        with pytest.raises(WrongPowerState, match=f"cannot {verb} while it is shutdown"):
            getattr(subject.driver.power, verb)(guest.uuid)


@pytest.mark.parametrize("verb", ["power_off", "pause", "unpause", "suspend"])
def test_strangers_are_not_found(subject, verb):
    with pytest.raises(GuestNotFound):
        getattr(subject.driver.power, verb)("00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("verb", ["power_on", "reboot_hard", "resume"])
def test_strangers_are_not_made(subject, verb):
    with pytest.raises(GuestNotFound):
        getattr(subject.driver.power, verb)(describe(subject.tiny))


def test_hard_reboot_waits_for_its_wires(subject, spawn):
    guest, seen = spawn(nics=(nic(),)), []
    subject.driver.power.reboot_hard(
        guest, wait_for_plug=lambda: seen.append(state(subject, guest))
    )
    assert (seen, state(subject, guest)) == ([PowerState.PAUSED], PowerState.RUNNING)

    def fail():
        raise CannotSpawn(uuid=guest.uuid, reason="no wires")

    with pytest.raises(CannotSpawn, match="no wires"):
        subject.driver.power.reboot_hard(guest, wait_for_plug=fail)
    assert state(subject, guest) is PowerState.SHUTDOWN


def test_nobody_waits_for_a_guest_that_is_to_be_destroyed(subject, spawn):
    guest = spawn(image=subject.deaf)
    power = subject.driver.power
    waiting = threading.Thread(target=power.power_off, args=(guest.uuid,), kwargs={"timeout": 300})
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    power.hurry(guest.uuid)
    waiting.join(20)
    assert not waiting.is_alive()
    subject.driver.spawn.destroy(guest.uuid)
    power.hurry("00000000-0000-4000-8000-000000000000")
