"""Filters and weighers by the names that operators write, their own among them."""

import sys

import pytest

from nova.errors import ConfigurationFailure
from nova.scheduler.errors import NoValidHost
from nova.scheduler.loading import enabled_filters, weighers
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import conf_with, spec


def test_names_of_filters_and_weighers():
    conf = conf_with(
        enabled_filters=["ComputeFilter", "JsonFilter"],
        weight_classes=["nova.scheduler.weights.ram.RAMWeigher",
                        "nova.scheduler.weights.cpu.CPUWeigher"],
    )
    assert [one.name for one in enabled_filters(conf)] == ["ComputeFilter", "JsonFilter"]
    assert [one.name for one in weighers(conf)] == ["RAMWeigher", "CPUWeigher"]


OWN_FILTER = """
from nova.scheduler import filters


class RackFilter(filters.BaseHostFilter):
    RUN_ON_REBUILD = True
    run_filter_once_per_request = True

    def __init__(self):
        super().__init__()
        self.asked = 0

    def host_passes(self, host_state, spec_obj):
        self.asked += 1
        return host_state.host.endswith(spec_obj.get_scheduler_hint("rack", ""))
"""
OWN_WEIGHER = """
from nova.scheduler import weights


class NameWeigher(weights.BaseHostWeigher):
    minval = 0

    def weight_multiplier(self, host_state):
        return 1000.0

    def _weigh_object(self, host_state, weight_properties):
        return int(host_state.host[1:])
"""


@pytest.fixture
def brought_along(tmp_path, monkeypatch):
    """A cloud whose operator has a package on the path of imports."""
    package = tmp_path / "our_scheduling"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "racks.py").write_text(OWN_FILTER)
    (package / "names.py").write_text(OWN_WEIGHER)
    monkeypatch.syspath_prepend(tmp_path)
    yield Cloud(
        available_filters=["nova.scheduler.filters.all_filters", "our_scheduling.racks.RackFilter"],
        enabled_filters=["ComputeFilter", "RackFilter"],
        weight_classes=["nova.scheduler.weights.all_weighers", "our_scheduling.names.NameWeigher"],
    )
    for name in [name for name in sys.modules if name.startswith("our_scheduling")]:
        del sys.modules[name]


def test_a_package_of_the_operator(brought_along):
    brought_along.hosts(23)
    assert brought_along.place(server="a") == "h23"
    assert brought_along.place(server="b", hints={"rack": ["2"]}) == "h22"
    told = brought_along.told("b")
    assert {one["check"] for one in told.findings.verdicts() if one["result"] == "refused"} == {
        "RackFilter"}
    assert "NameWeigher" in next(told.findings.verdicts())["weights"]


def test_its_filter_runs_once_and_on_rebuilds_as_it_says(brought_along):
    brought_along.hosts(3)
    stay = {"_nova_check_type": ["rebuild"]}
    with pytest.raises(NoValidHost) as refused:
        brought_along.place(force_hosts=["h3"], hints={"rack": ["2"], **stay})
    assert [one["check"] for one in refused.value.explanations] == ["RackFilter"]
    filters = brought_along.scheduler._decisions.judges.filters
    [rack] = [one for one in filters if one.name == "RackFilter"]
    rack.asked = 0
    brought_along.select(spec("a"), spec("b"))
    assert rack.asked == 3


def test_filters_of_the_operator_read_any_hint(brought_along):
    brought_along.hosts(3)
    assert brought_along.place(hints={"rack": ["1"]}) == "h1"
    asked = spec(hints={"one": ["a"], "two": ["a", "b"], "none": []})
    assert [asked.get_scheduler_hint(name, "x") for name in ("one", "two", "none", "no")] == [
        "a", ["a", "b"], "x", "x"]


def test_filters_of_the_operator():
    own = "tests.unit.scheduler.brought_along"
    conf = conf_with(
        available_filters=["nova.scheduler.filters.all_filters", f"{own}.EvenHostFilter"],
        enabled_filters=["EvenHostFilter"], weight_classes=[f"{own}.LastHostWeigher"],
    )
    cloud = Cloud()
    cloud.conf = conf
    cloud.hosts(5)
    [[chosen, *others]] = cloud.another_scheduler().select(CONTEXT, [spec()], 4)
    assert [one.host for one in (chosen, *others)] == ["h4", "h2"]


@pytest.mark.parametrize("options", [
    {"enabled_filters": ["NoSuchFilter"]},
    {"available_filters": ["no.such.Filter"]},
    {"weight_classes": ["nova.scheduler.weights.none.NoSuchWeigher"]},
])
def test_unknown_names_stop_the_process(options):
    conf = conf_with(**options)
    with pytest.raises(ConfigurationFailure):
        enabled_filters(conf), weighers(conf)
