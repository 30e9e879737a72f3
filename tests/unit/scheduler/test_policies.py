"""Several policies at once: who judges which host."""

import pytest

from nova.conf import new_config
from nova.conf.dynamic import policy_section
from nova.errors import ConfigurationFailure
from nova.scheduler.errors import NoValidHost
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import spec


def cloud_with(**policies):
    """A cloud of three hosts, h1 the largest, with these policies: {name: {option: value}}."""
    cloud = Cloud()
    cloud.conf = new_config()
    cloud.conf.set_override("policies", list(policies), "scheduling")
    for name, options in policies.items():
        section = policy_section(name)
        section.register(cloud.conf)
        for option, value in options.items():
            cloud.conf.set_override(option, value, section.name)
    for number, vcpus in enumerate((32, 16, 8), 1):
        cloud.add(f"h{number}", vcpus=vcpus, memory_mb=vcpus * 1024)
    cloud.scheduler = cloud.another_scheduler()
    return cloud


def test_a_policy_for_a_flavor_packs_while_others_spread():
    cloud = cloud_with(dense={"flavors": ["dense.*"], "ram_weight_multiplier": -1.0,
                              "cpu_weight_multiplier": -1.0})
    assert cloud.place(server="a", sizes={"name": "plain"}) == "h1"
    assert cloud.place(server="b", sizes={"name": "dense.large"}) == "h3"


def test_a_policy_for_a_zone_has_filters_of_its_own():
    cloud = cloud_with(edge={"availability_zones": ["edge"], "enabled_filters": [
        "ComputeFilter", "NumInstancesFilter"], "max_instances_per_host": 1})
    cloud.aggregate("edge", ["h1", "h2"], availability_zone="edge")
    found = cloud.hosts_of(*(spec(name, availability_zone="edge") for name in "ab"))
    assert sorted(found) == ["h1", "h2"]
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec("c", availability_zone="edge"))
    assert {(one["host"], one["check"]) for one in caught.value.explanations} == {
        ("h1", "NumInstancesFilter"), ("h2", "NumInstancesFilter")}
    assert cloud.place(server="d") == cloud.place(server="e") == "h3"


def test_a_policy_for_an_aggregate_ranks_its_hosts_beside_others():
    """Both are on the scale of all hosts."""
    cloud = cloud_with(last={"aggregates": ["cheap"], "ram_weight_multiplier": 1.5,
                             "cpu_weight_multiplier": 1.5})
    cloud.aggregate("cheap", ["h2"])
    [[chosen, *others]] = cloud.select(spec(), alternates=2)
    # h2 has half of what h1 has, and one and a half times the weight.
    assert (chosen.host, [one.host for one in others]) == ("h1", ["h2", "h3"])
    told = {one["host"]: one["weights"] for one in cloud.told().findings.verdicts()}
    assert told["h2"]["CPUWeigher"] == pytest.approx(1.5 * 16 / 32)
    assert told["h1"]["CPUWeigher"] == 1.0


def test_the_first_policy_that_suits_judges():
    cloud = cloud_with(
        first={"flavors": ["small"], "enabled_filters": ["AllHostsFilter"]},
        second={"enabled_filters": ["ComputeFilter"]},
    )
    for name in ("h1", "h2", "h3"):
        cloud.stores.cell("c1").services_of[name].forced_down = True
    assert cloud.place(server="a", sizes={"name": "small"}) == "h1"
    with pytest.raises(NoValidHost):
        cloud.place(server="b", sizes={"name": "large"})


def test_a_pick_of_several_best_is_the_policys():
    cloud = cloud_with(loose={"flavors": ["loose"], "host_subset_size": 3})
    found = {cloud.place(server=f"s{n}", sizes={"name": "loose", "vcpus": 0, "memory_mb": 1,
                                                "root_gb": 0}) for n in range(30)}
    assert len(found) > 1


def test_rebuilds_are_judged_by_the_policy_of_their_host():
    cloud = cloud_with(strict={"aggregates": ["strict"], "enabled_filters": [
        "IsolatedHostsFilter"], "isolated_hosts": ["h1"]})
    cloud.aggregate("strict", ["h1"])
    stay = {"hints": {"_nova_check_type": ["rebuild"]}}
    with pytest.raises(NoValidHost):
        cloud.select(spec("a", force_hosts=["h1"], **stay))
    [[found]] = cloud.scheduler.select(CONTEXT, [spec("b", force_hosts=["h2"], **stay)], 0)
    assert found.host == "h2"


def test_a_policy_that_cannot_be_read_stops_the_process():
    with pytest.raises(ConfigurationFailure):
        cloud_with(broken={"enabled_filters": ["NoSuchFilter"]})
