"""Guests that ran before their host's process did are plugged in again."""

import pytest

from nova.context import admin_context
from nova.virt.contract.errors import PlugFailed
from nova.virt.contract.states import PowerState
from tests.unit.compute.making import House
from tests.unit.compute.test_start import Process

AWAY = PlugFailed(port_id="port-1", reason="the switch is away")


def renewed(house: House) -> list[str]:
    """The guests that are tried from now on, in turn."""
    tried: list[str] = []
    house.hypervisor.faults.do("renew_ports", tried.append, times=None)
    return tried


def test_once_and_only_those_that_run() -> None:
    house = House()
    runs, frozen, off = house.server(), house.server(), house.server(vm_state="stopped")
    house.guest("99999999-9999-4999-8999-999999999999")
    house.change(frozen.uuid, PowerState.PAUSED)
    house.change(off.uuid, PowerState.SHUTDOWN)
    tried = renewed(house)
    process = Process(house).start()
    house.clock.run(600)
    assert process.serves
    assert tried == sorted([runs.uuid, frozen.uuid])


def test_what_fails_keeps_nobody_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    good, bad = house.server(), house.server()
    tried = renewed(house)
    house.hypervisor.faults.fail("renew_ports", AWAY, uuid=bad.uuid, times=3)
    process = Process(house).start()
    assert process.serves and sorted(tried) == sorted([good.uuid, bad.uuid])
    told = f"Guest {bad.uuid} is not plugged in again yet: Port port-1 could not be plugged"
    assert told in caplog.text
    house.clock.run(600)
    assert (tried.count(good.uuid), tried.count(bad.uuid)) == (1, 4)


def test_a_start_does_not_wait_for_a_switch_and_an_end_not_for_all_guests() -> None:
    house = House()
    for _server in range(5):
        house.server()
    tried = renewed(house)
    house.hypervisor.faults.delay("renew_ports", 3)
    process = Process(house).start()
    assert process.serves and tried == []
    ended = process.stop(4)
    assert ended.done() and len(tried) == 1


def test_a_guest_that_somebody_works_on_waits() -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.delay("pause", 30)
    operation = house.begin(server.uuid, "pause")
    tried = renewed(house)
    performer = house.performer()
    performer.submit(admin_context(), operation.id, server.uuid)
    house.clock.run(5)
    assert not performer.aside(server.uuid, lambda: tried.append("beside"))
    house.clock.run(60)
    assert performer.aside(server.uuid, lambda: tried.append("after"))
    assert tried == ["after"]


def test_a_guest_that_is_gone_is_not_looked_for() -> None:
    house = House()
    server = house.server()
    house.hypervisor.faults.do("renew_ports", house.hypervisor.drop)
    Process(house).start()
    tried = renewed(house)
    house.clock.run(200)
    assert server.uuid not in house.guests() and tried == []
