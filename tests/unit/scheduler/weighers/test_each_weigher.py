"""What each weigher says, and how its multiplier is found."""

import pytest

from nova.errors import ConfigurationFailure
from nova.scheduler.errors import NoValidHost
from nova.scheduler.field import Field
from nova.scheduler.ranking import weigh
from nova.scheduler.request import PREFERRED_CELL, GroupView
from nova.scheduler.weighers import WEIGHERS
from tests.unit.scheduler.making import conf_with, host, in_aggregates, request, uid

BY_NAME = {kind.__name__: kind for kind in WEIGHERS}


def scores(name, *hosts, options=None, **asked):
    """What one weigher adds for hosts of these fields."""
    made = [host(f"h{number}", **fields) for number, fields in enumerate(hosts, 1)]
    weigher = BY_NAME[name](conf_with(**(options or {})))
    return weigh([weigher], request(**asked), Field(made)).scores.tolist()


def group(policy, *hosts):
    return GroupView("g", policy, {}, {uid(f"m{n}"): host for n, host in enumerate(hosts)})


METRICS = {"metrics__weight_setting": ["cpu.percent=1.0", "numa.membw.max=-2"]}
CASES = [
    ("RAMWeigher", [{"free_ram_mb": 512}, {"free_ram_mb": 2048}, {"free_ram_mb": -9}],
     [0.25, 1.0, 0.0]),
    ("CPUWeigher", [{"vcpus_total": 8, "vcpus_used": 4},
                    {"vcpus_total": 8, "cpu_allocation_ratio": 2.0}], [0.25, 1.0]),
    ("DiskWeigher", [{"free_disk_mb": 1024}, {"free_disk_mb": 4096}], [0.25, 1.0]),
    ("IoOpsWeigher", [{"num_io_ops": 0}, {"num_io_ops": 2}, {"num_io_ops": 4}], [0, -0.5, -1]),
    ("PCIWeigher",
     [{}, {"pci_pools": ({"count": 3}, {"count": 1})}, {"pci_pools": ({"count": 500},)}],
     [1.0, 95 / 99, 0.0]),
    ("BuildFailureWeigher", [{"failed_builds": 0}, {"failed_builds": 3}], [0, -1_000_000]),
    ("HypervisorVersionWeigher", [{"hypervisor_version": 7}, {"hypervisor_version": 9},
                                  {"hypervisor_version": 8}], [0, 1, 0.5]),
    ("NumInstancesWeigher", [{"num_instances": 1}, {"num_instances": 2}], [0, 0]),
]


@pytest.mark.parametrize(("name", "hosts", "expected"), CASES)
def test_numbers_of_hosts(name, hosts, expected):
    assert scores(name, *hosts) == pytest.approx(expected)


def test_equal_hosts_are_not_told_apart():
    for name in BY_NAME:
        assert len(set(scores(name, {}, {}, {}))) == 1


def test_one_host_is_not_weighed():
    assert scores("RAMWeigher", {}) == [0.0]


def test_instances_count_when_the_option_says_so():
    options = {"num_instances_weight_multiplier": -2.0}
    assert scores("NumInstancesWeigher", {"num_instances": 1}, {"num_instances": 2},
                  options=options) == [0, -2]


@pytest.mark.parametrize(("name", "policy", "expected"), [
    ("ServerGroupSoftAffinityWeigher", "soft-affinity", [1.0, 0.5, 0.0]),
    ("ServerGroupSoftAffinityWeigher", "affinity", [0, 0, 0]),
    ("ServerGroupSoftAntiAffinityWeigher", "soft-anti-affinity", [0.0, 0.5, 1.0]),
    ("ServerGroupSoftAntiAffinityWeigher", "soft-affinity", [0, 0, 0]),
])
def test_groups(name, policy, expected):
    found = scores(name, {}, {}, {}, group=group(policy, "h1", "h1", "h2"))
    assert found == pytest.approx(expected)


def test_moves_keep_to_their_cell():
    hosts = [{"cell_uuid": "c1"}, {"cell_uuid": "c2"}]
    assert scores("CrossCellWeigher", *hosts) == [0, 0]
    found = scores("CrossCellWeigher", *hosts, hints={PREFERRED_CELL: ["c2"]})
    assert found == [0, 1_000_000]


def test_metrics():
    hosts = [{"metrics": {"cpu.percent": 10.0, "numa.membw.max": 1.0}},
             {"metrics": {"cpu.percent": 10.0, "numa.membw.max": 4.0}}]
    assert scores("MetricsWeigher", *hosts) == [0, 0]
    assert scores("MetricsWeigher", *hosts, options=METRICS) == [1, 0]


def test_missing_metrics():
    hosts = [{"metrics": {"cpu.percent": 10.0, "numa.membw.max": 1.0}}, {}]
    with pytest.raises(NoValidHost, match=r"h2 does not report metric cpu\.percent"):
        scores("MetricsWeigher", *hosts, options=METRICS)
    lenient = {**METRICS, "metrics__required": False, "metrics__weight_of_unavailable": -5.0}
    assert scores("MetricsWeigher", *hosts, options=lenient) == [1, 0]


def test_unreadable_ratios():
    with pytest.raises(ConfigurationFailure):
        scores("MetricsWeigher", {}, options={"metrics__weight_setting": ["cpu.percent"]})


def test_images_like_those_on_the_host():
    hosts = [{"images": {("os_distro", "debian"): 2}},
             {"images": {("os_distro", "debian"): 1, ("os_type", "linux"): 1}}, {}]
    asked = {"properties": {"os_distro": "debian", "os_type": "linux"}}
    assert scores("ImagePropertiesWeigher", *hosts, **asked) == [0, 0, 0]
    on = {"image_props_weight_multiplier": 1.0}
    assert scores("ImagePropertiesWeigher", *hosts, **asked, options=on) == [1, 1, 0]
    ratio = {**on, "image_props_weight_setting": ["os_distro=1", "os_type=3"]}
    assert scores("ImagePropertiesWeigher", *hosts, **asked, options=ratio) == [0.5, 1, 0]


@pytest.mark.parametrize(("metadata", "expected"), [
    ([{"ram_weight_multiplier": "-3"}], [0.5, -3]),
    ([{"ram_weight_multiplier": "4"}, {"ram_weight_multiplier": "2"}], [0.5, 2]),
    ([{"ram_weight_multiplier": "much"}], [0.5, 1]),
    ([{"cpu_weight_multiplier": "9"}], [0.5, 1]),
])
def test_an_aggregate_may_override_a_multiplier(metadata, expected):
    found = scores("RAMWeigher", {"free_ram_mb": 100},
                   {"free_ram_mb": 200, "metadata": in_aggregates(*metadata)})
    assert found == expected


def test_an_aggregate_turns_on_what_is_off():
    found = scores("NumInstancesWeigher", {"num_instances": 1}, {
        "num_instances": 3, "metadata": in_aggregates({"num_instances_weight_multiplier": "5"})})
    assert found == [0, 5]


def test_an_aggregate_strengthens_the_penalty_for_failures():
    found = scores("BuildFailureWeigher", {}, {
        "failed_builds": 1, "metadata": in_aggregates({"build_failure_weight_multiplier": "7"})})
    assert found == [0, -7]


def test_metrics_have_their_own_key():
    hosts = [{"metrics": {"a": 1.0}},
             {"metrics": {"a": 2.0}, "metadata": in_aggregates({"metrics_weight_multiplier": "3"})}]
    assert scores("MetricsWeigher", *hosts, options={"metrics__weight_setting": ["a=1"]}) == [0, 3]
