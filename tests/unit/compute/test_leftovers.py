"""Files of servers that are gone, and were held when they were to go, too."""

from pathlib import Path

import pytest

from nova.compute.upkeep.leftovers import LeftoverFiles
from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.leftovers import LibvirtLeftovers
from nova.virt.libvirt.storage.layout import Layout
from tests.unit.compute.making import House


def test_they_are_tried_again_so_many_times(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    house.conf.set_override("maximum_instance_delete_attempts", 3)
    house.hypervisor.litter |= {"held", "free"}
    failure = HypervisorError(verb="remove files", reason="busy")
    house.hypervisor.faults.fail("remove_leftovers", failure, uuid="held", times=None)
    chore = LeftoverFiles(house.seams)
    assert [chore.remove() for _ in range(4)] == [["free"], [], [], []]
    assert caplog.text.count("Files of server held stay") == 1
    assert house.hypervisor.litter == {"held"}
    house.hypervisor.faults.clear()
    assert chore.remove() == []
    assert LeftoverFiles(house.seams).remove() == ["held"]


class NothingPlugged:
    """A switch that has no ports of servers that are gone."""

    def owing(self) -> tuple[str, ...]:
        return ()

    def settle(self, _uuid: str) -> bool:
        return True


def test_a_directory_that_was_not_emptied(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (layout.doomed("one") / "deep").mkdir(parents=True)
    layout.guest("two").mkdir()
    leftovers = LibvirtLeftovers(layout, NothingPlugged())  # type: ignore[arg-type]
    assert leftovers.found() == ["one"]
    assert leftovers.remove("one") and leftovers.remove("one")
    assert leftovers.found() == []
    assert layout.guest("two").exists()
