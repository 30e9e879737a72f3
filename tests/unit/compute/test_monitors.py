"""What a host measures, and what becomes of it."""

import json
import logging
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from nova.compute.inventory.provider import ProviderReport
from nova.compute.inventory.stock import Stock
from nova.compute.monitors import CPUMonitorBase, MonitorMetric, MonitorMetricList, gathering
from nova.compute.monitors.cpu import virt_driver
from nova.compute.monitors.gathering import SHORTEST, Monitors, monitors_of
from nova.virt.contract.host_cpu import CpuTimes
from nova.virt.fake.host_cpu import AT_FIRST
from tests.unit.compute.making import House

ENABLED = ["cpu.virt_driver"]


def values(metrics: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in metrics}


def test_nothing_is_measured_unless_asked_for() -> None:
    assert monitors_of(House().seams).metrics() == []


def test_times_and_shares_of_the_host_since_it_started() -> None:
    found = values(monitors_of(House(compute_monitors=ENABLED).seams).metrics())
    assert found == {
        "cpu.frequency": 800, "cpu.user.time": AT_FIRST.user, "cpu.kernel.time": AT_FIRST.kernel,
        "cpu.idle.time": AT_FIRST.idle, "cpu.iowait.time": AT_FIRST.iowait,
        "cpu.user.percent": 0.01, "cpu.kernel.percent": 0.0, "cpu.idle.percent": 0.97,
        "cpu.iowait.percent": 0.0, "cpu.percent": 0.02,
    }


def test_each_is_kept_with_its_time_and_source() -> None:
    house = House(compute_monitors=ENABLED)
    [first, *_] = monitors_of(house.seams).metrics()
    moment = house.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")
    assert first == {"name": "cpu.frequency", "value": 800, "timestamp": moment,
                     "source": "fake.FakeDriver"}


def test_later_shares_are_of_the_time_since_the_last_look() -> None:
    house = House(compute_monitors=ENABLED)
    monitors = monitors_of(house.seams)
    monitors.metrics()
    house.hypervisor.cpu.spend(0.75)
    house.clock.run(60)
    found = values(monitors.metrics())
    assert found["cpu.percent"] == found["cpu.user.percent"] == 0.75
    assert found["cpu.idle.percent"] == 0.25
    assert found["cpu.user.time"] == AT_FIRST.user + 45 * 10**9


def test_who_asks_again_at_once_gets_the_same() -> None:
    house = House(compute_monitors=ENABLED)
    monitors = monitors_of(house.seams)
    first = monitors.metrics()
    house.clock.run(SHORTEST - 1)
    assert monitors.metrics() == first
    house.clock.run(1)
    assert monitors.metrics() != first


def test_a_host_that_was_started_again_counts_from_nothing() -> None:
    before, after = CpuTimes(10, 20, 100, 5, 800), CpuTimes(1, 2, 6, 1, 800)
    found = virt_driver._percents(before, after)
    assert found == {"cpu.user.percent": 20, "cpu.kernel.percent": 10, "cpu.idle.percent": 60,
                     "cpu.iowait.percent": 10, "cpu.percent": 40}


def test_the_record_of_a_node_has_them() -> None:
    house = House(compute_monitors=ENABLED)
    stock = Stock(house.seams, ProviderReport(house.conf, house.clock, house.placement))
    house.register()
    [node] = stock.nodes([], 0)
    stock.report([node])
    kept = house.cell.nodes.find(host="host1")[0].metrics
    assert json.loads(json.dumps(kept)) == node.metrics
    assert len(node.metrics) == 10


class Tape(CPUMonitorBase):
    """As a package of somebody else has it."""

    def get_metric_names(self) -> set[str]:
        return {"numa.membw.max"}

    def populate_metrics(self, metric_list: MonitorMetricList) -> None:
        metric_list.objects.append(MonitorMetric(
            name="numa.membw.max", numa_membw_values={"0": 10},
            timestamp=datetime(2026, 1, 1, tzinfo=UTC), source="tape"))


class Broken(Tape):
    def populate_metrics(self, metric_list: MonitorMetricList) -> None:
        super().populate_metrics(metric_list)
        raise OSError("no tape")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages with monitors of their own."""
    group = "nova.compute.monitors.cpu"
    found = {name: EntryPoint(name, f"{__name__}:{kind}", group) for name, kind in
             (("tape", "Tape"), ("broken", "Broken"), ("gone", "Gone"))}

    def entry_points(group: str, name: str) -> list[EntryPoint]:
        assert group == "nova.compute.monitors.cpu"
        return [found[name]] if name in found else []

    monkeypatch.setattr(gathering, "entry_points", entry_points)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("written", ["cpu.tape", "tape", " cpu.tape "])
def test_packages_bring_their_own(written: str) -> None:
    assert monitors_of(House(compute_monitors=[written]).seams).metrics() == [
        {"name": "numa.membw.max", "timestamp": "2026-01-01T00:00:00.000000", "source": "tape",
         "numa_membw_values": {"0": 10}}]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("enabled", "said"), [
    (["cpu.nobody"], "There is no monitor nobody"),
    (["cpu.gone"], "cannot be used here"),
    (["cpu.broken"], "Cannot get the metrics"),
])
def test_what_does_not_work_is_said_and_no_more(
    caplog: pytest.LogCaptureFixture, enabled: list[str], said: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert monitors_of(House(compute_monitors=enabled).seams).metrics() == []
    assert said in caplog.text


@pytest.mark.usefixtures("installed")
def test_one_monitor_of_a_kind(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = monitors_of(House(compute_monitors=["cpu.tape", "cpu.broken"]).seams)
    assert len(found.metrics()) == 1
    assert "Excluding cpu monitor broken. Already loaded tape" in caplog.text


def test_a_metric_that_cannot_be_written_spoils_no_others() -> None:
    class Odd(CPUMonitorBase):
        def populate_metrics(self, metric_list: MonitorMetricList) -> None:
            metric_list.objects.append("cpu.percent")  # type: ignore[arg-type]

    house = House()
    assert len(Monitors(house.clock, [Odd(None), Tape(None)]).metrics()) == 1
