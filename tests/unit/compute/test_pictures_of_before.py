"""Pictures that a process of this host began before it was killed."""

import pytest

from nova.virt.contract.errors import HypervisorError
from tests.unit.compute.making import House
from tests.unit.compute.test_start import Process


def test_those_that_nobody_finishes_are_removed() -> None:
    house = House()
    ours = house.server()
    stranger = "99999999-9999-4999-8999-999999999999"
    house.hypervisor.half_pictures |= {ours.uuid, stranger}
    Process(house).start()
    house.clock.run(130)
    assert house.hypervisor.half_pictures == {stranger}, "another host may share the place"


def test_one_that_is_being_taken_is_left_alone() -> None:
    house = House()
    server = house.server()
    house.hypervisor.half_pictures.add(server.uuid)
    house.hypervisor.faults.delay("pause", 200)
    house.begin(server.uuid, "pause")
    Process(house).start()
    house.clock.run(150)
    assert house.hypervisor.half_pictures == {server.uuid}
    house.clock.run(150)
    assert house.hypervisor.half_pictures == set()


def test_one_that_cannot_be_removed_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    server = house.server()
    house.hypervisor.half_pictures.add(server.uuid)
    failure = HypervisorError(verb="stop a copy of", reason="busy")
    house.hypervisor.faults.fail("forget", failure)
    Process(house).start()
    house.clock.run(250)
    assert house.hypervisor.half_pictures == set()
    assert f"What there is of a picture of server {server.uuid} stays" in caplog.text
