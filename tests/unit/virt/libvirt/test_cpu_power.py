"""Processors that sleep while no guest has them."""

from pathlib import Path

import pytest

from nova.core.clock import RealClock
from nova.errors import ConfigurationFailure
from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.cpu_power import cpu_power
from nova.virt.libvirt.cpus import cpus_of
from nova.virt.libvirt.xml.domain import Domain
from tests.unit.virt.guests import settings


@pytest.fixture
def sysfs(tmp_path):
    """Four processors, of which the first is always there."""
    for cpu in range(4):
        frequency = tmp_path / f"cpu{cpu}" / "cpufreq"
        frequency.mkdir(parents=True)
        (frequency / "scaling_governor").write_text("ondemand\n")
        if cpu:
            (tmp_path / f"cpu{cpu}" / "online").write_text("1\n")
    return tmp_path


def made(sysfs, cpus="0-3", **options):
    conf = settings(cpu_power_management=True, **options)
    conf.set_override("cpu_dedicated_set", cpus, group="compute")
    return cpu_power(conf, RealClock(), sysfs)


def asleep(sysfs):
    paths = {cpu: sysfs / f"cpu{cpu}" / "online" for cpu in range(1, 4)}
    return {cpu for cpu, path in paths.items() if path.read_text().strip() == "0"}


def governors(sysfs):
    return [(sysfs / f"cpu{cpu}/cpufreq/scaling_governor").read_text() for cpu in range(4)]


def test_only_what_guests_have_is_awake(sysfs):
    power = made(sysfs)
    assert asleep(sysfs) == set()
    power.adopt({"one": frozenset({1, 9})})
    assert asleep(sysfs) == {2, 3}
    with power.starting("two", frozenset({2, 3})):
        assert asleep(sysfs) == set()
        power.stopped("two")
        assert asleep(sysfs) == set(), "of an earlier run, heard too late"
    power.stopped("one")
    assert asleep(sysfs) == {1}
    with power.starting("two", frozenset({3, 1})):
        assert asleep(sysfs) == {2}
    power.stopped("two")
    power.stopped("two")
    assert asleep(sysfs) == {1, 2, 3}


def test_a_start_that_fails_gives_back(sysfs):
    power = made(sysfs)
    power.adopt({})
    with pytest.raises(ZeroDivisionError), power.starting("one", frozenset({1})):
        raise ZeroDivisionError
    assert asleep(sysfs) == {1, 2, 3}


def test_only_those_of_pinned_guests_are_touched(sysfs):
    made(sysfs, "2").adopt({})
    assert asleep(sysfs) == {2}


def test_or_they_go_on_slowly(sysfs):
    power = made(sysfs, "1-2", cpu_power_management_strategy="governor")
    power.adopt({"one": frozenset({1})})
    assert governors(sysfs) == ["ondemand\n", "performance", "powersave", "ondemand\n"]
    with power.starting("one", frozenset({2})):
        assert governors(sysfs)[1:3] == ["powersave", "performance"]
    assert asleep(sysfs) == set()


def test_one_way_is_not_mixed_with_the_other(sysfs):
    made(sysfs).adopt({})
    with pytest.raises(ConfigurationFailure, match="need to be online"):
        made(sysfs, cpu_power_management_strategy="governor")
    for cpu in (1, 2, 3):
        (sysfs / f"cpu{cpu}/online").write_text("1")
    made(sysfs, "1-2", cpu_power_management_strategy="governor")
    with pytest.raises(ConfigurationFailure, match="same governor"):
        made(sysfs)


def test_what_operators_have_to_say(sysfs):
    assert cpu_power(settings(), RealClock(), sysfs) is None
    with pytest.raises(ConfigurationFailure, match="cpu_dedicated_set"):
        cpu_power(settings(cpu_power_management=True), RealClock(), sysfs)


def test_a_switch_that_fails(sysfs, monkeypatch):
    """Keeps a guest from starting without what it was promised; or a processor awake."""
    power = made(sysfs)
    power.adopt({})

    def refuse(path, value):
        raise PermissionError("read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(HypervisorError, match=r"write 1 to .*cpu1/online: read-only"):
        power.starting("one", frozenset({1})).__enter__()
    monkeypatch.undo()
    power.adopt({})
    assert asleep(sysfs) == {1, 2, 3}
    with power.starting("one", frozenset({1})):
        assert asleep(sysfs) == {2, 3}
    monkeypatch.setattr(Path, "write_text", refuse)
    power.stopped("one")
    assert asleep(sysfs) == {2, 3}


def test_all_places_of_a_definition_count():
    text = """<domain><vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='2'/>
    <vcpupin vcpu='1' cpuset='4-5'/><emulatorpin cpuset='7'/></cputune></domain>"""
    assert cpus_of(Domain.from_text(text)) == {2, 4, 5, 7}
    assert cpus_of(Domain.from_text("<domain><vcpu>2</vcpu></domain>")) == frozenset()
