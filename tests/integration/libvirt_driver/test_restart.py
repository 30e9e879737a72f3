"""The libvirt daemon crashes and comes back; guests and compute process go on."""

import os
import signal
import threading

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import HypervisorUnavailable
from nova.virt.contract.events import Transition
from tests.contracts.virt.subjects import LibvirtSubject, describe, eventually, wait_until_up


@pytest.fixture
def subject(daemon, instances):
    made = LibvirtSubject(instances, daemon.uri)
    yield made
    made.settle()
    made.driver.close()


def test_guests_calls_and_events_outlive_the_daemon(daemon, subject):
    driver = subject.driver
    heard = []
    driver.events.subscribe(lambda event: heard.append(event.transition))
    guest = describe(subject.tiny)
    driver.spawn.spawn(guest)
    wait_until_up(subject, guest)
    assert eventually(lambda: Transition.STARTED in heard, 10)

    daemon.kill_daemon()
    assert eventually(lambda: not driver.inventory.alive(), 10)
    with pytest.raises(HypervisorUnavailable):
        driver.spawn.guest_state(guest.uuid)

    daemon.start_daemon()
    heard.clear()
    assert driver.inventory.alive()
    assert driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING

    def told():
        """The connection of events is renewed by itself, a moment later."""
        driver.power.pause(guest.uuid)
        driver.power.unpause(guest.uuid)
        return Transition.PAUSED in heard

    assert eventually(told, 10)
    assert heard.count(Transition.PAUSED) >= 1
    assert subject.banner in driver.console.output(guest.uuid)
    driver.spawn.destroy(guest.uuid)
    assert eventually(lambda: Transition.STOPPED in heard, 10)


def test_a_guest_that_dies_is_told(daemon, subject):
    heard = []
    subject.driver.events.subscribe(lambda event: heard.append((event.uuid, event.transition)))
    guest = describe(subject.tiny)
    subject.driver.spawn.spawn(guest)
    os.kill(daemon.guest_pid(guest.name), signal.SIGKILL)
    assert eventually(lambda: (guest.uuid, Transition.CRASHED) in heard, 10)
    assert subject.driver.spawn.guest_state(guest.uuid) is PowerState.CRASHED
    subject.driver.power.reboot_hard(guest)
    assert subject.driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING
    subject.driver.spawn.destroy(guest.uuid)


def test_a_compute_process_does_not_start_without_a_hypervisor(daemon, instances):
    with pytest.raises(HypervisorUnavailable):
        LibvirtSubject(instances, daemon.uri.replace("libvirt-sock", "nobody"))


def test_a_call_outlasts_a_restart_of_the_daemon(daemon, subject):
    guest = describe(subject.tiny)
    subject.driver.spawn.spawn(guest)
    daemon.kill_daemon()
    back = threading.Thread(target=daemon.start_daemon)
    back.start()
    assert subject.driver.spawn.guest_state(guest.uuid) is PowerState.RUNNING
    back.join()
    subject.driver.spawn.destroy(guest.uuid)
