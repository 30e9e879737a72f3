"""What is asked of a guest: how much it used, a new password, a crash dump."""

import pytest

from nova.virt.contract import PowerState
from nova.virt.contract.errors import (
    AgentNotEnabled,
    AgentSilent,
    GuestNotFound,
    WrongPowerState,
)
from tests.contracts.virt.subjects import nic, state, wait_until_up

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_use(subject, spawn):
    card = nic()
    guest = spawn(nics=(card,))
    wait_until_up(subject, guest)
    use = subject.driver.diagnostics.use(guest.uuid)
    assert use.driver == "libvirt"
    assert use.memory_maximum == guest.memory_mb
    assert [cpu.id for cpu in use.cpus] == [0]
    assert use.cpus[0].time > 0
    assert use.disks[0].read_bytes > 0
    assert [one.mac_address for one in use.nics] == [card.mac]
    assert use.nics[0].rx_octets >= 0


def test_counters(subject, spawn):
    card = nic()
    guest = spawn(nics=(card,))
    wait_until_up(subject, guest)
    found = subject.driver.diagnostics.counters(guest.uuid)
    assert found["cpu0_time"] > 0
    assert found["memory"] == guest.memory_mb * 1024
    assert found["vda_read"] >= 0
    ways = {f"{card.tap}_{way}{what}" for way in ("rx", "tx")
            for what in ("", "_drop", "_errors", "_packets")}
    assert ways <= set(found)


def test_a_stopped_guest_uses_nothing_that_could_be_told(subject, guest):
    subject.driver.power.power_off(guest.uuid)
    for ask in (subject.driver.diagnostics.use, subject.driver.diagnostics.counters):
        with pytest.raises(WrongPowerState, match="while it is shutdown"):
            ask(guest.uuid)


def test_a_crash_dump_is_triggered_in_what_runs(subject, guest):
    subject.driver.crash_dump.trigger(guest.uuid)
    subject.driver.power.pause(guest.uuid)
    subject.driver.crash_dump.trigger(guest.uuid)
    assert state(subject, guest) is PowerState.PAUSED
    subject.driver.power.power_off(guest.uuid)
    with pytest.raises(WrongPowerState):
        subject.driver.crash_dump.trigger(guest.uuid)


def test_a_guest_made_without_an_agent(subject, guest):
    with pytest.raises(AgentNotEnabled, match="Guest agent is not enabled"):
        subject.driver.agent.set_password(guest, "root", "secret")


def test_an_agent_that_does_not_answer(subject, spawn):
    guest = spawn(image=subject.deaf, image_properties={"hw_qemu_guest_agent": "yes"})
    with pytest.raises(AgentSilent):
        subject.driver.agent.set_password(guest, "root", "secret")
    subject.driver.power.power_off(guest.uuid)
    with pytest.raises(AgentSilent):
        subject.driver.agent.set_password(guest, "root", "secret")


def test_strangers(subject, spec):
    with pytest.raises(GuestNotFound):
        subject.driver.crash_dump.trigger(NOBODY)
    with pytest.raises(GuestNotFound):
        subject.driver.diagnostics.use(NOBODY)
    guest = spec(image_properties={"hw_qemu_guest_agent": "yes"})
    with pytest.raises(GuestNotFound):
        subject.driver.agent.set_password(guest, "root", "secret")
