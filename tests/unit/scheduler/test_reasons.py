"""Requests that name hosts, groups and servers; and what is told afterwards."""

import pytest

from nova.errors import from_wire, to_wire
from nova.objects.store.errors import DatabaseUnavailable
from nova.scheduler.errors import NoValidHost
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import spec, uid


@pytest.fixture
def cloud():
    return Cloud()


def refused(cloud, **fields):
    """{host: (check, asked, free)} of a server that finds no place."""
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec(**fields))
    found = caught.value.explanations
    return {one["host"]: (one["check"], one["asked"], one["free"]) for one in found}


def test_a_forced_host_passes_filters_by(cloud):
    cloud.hosts(2)
    cloud.stores.cell("c1").services_of["h2"].forced_down = True
    assert cloud.place(force_hosts=["H2"]) == "h2"


@pytest.mark.parametrize("enabled", [True, False])
def test_not_even_a_forced_host_passes_by_what_a_group_forbids(enabled):
    names = ["ComputeFilter", *(["ServerGroupAntiAffinityFilter"] if enabled else ())]
    cloud = Cloud(enabled_filters=names)
    cloud.hosts(2)
    cloud.group("anti-affinity", ["a", "b"])
    asked = [spec(one, group=uid("anti-affinity"), force_hosts=["h2"]) for one in "ab"]
    with pytest.raises(NoValidHost) as caught:
        cloud.select(*asked)
    [refused] = [one for one in caught.value.explanations if one["host"] == "h2"]
    assert refused["check"] == "ServerGroupAntiAffinityFilter"
    assert cloud.place(server="a", group=uid("anti-affinity"), force_hosts=["h2"]) == "h2"


def test_a_requested_host_does_not(cloud):
    cloud.hosts(2)
    assert cloud.place(requested_host="h2", server="a") == "h2"
    cloud.stores.cell("c1").services_of["h2"].forced_down = True
    cloud.clock.sleep(5)
    cloud.scheduler.refresh(CONTEXT)
    found = refused(cloud, requested_host="h2", server="b")
    assert found == {"h2": ("ComputeFilter", None, None)}


def test_a_forced_host_is_checked_for_a_live_migration(cloud):
    cloud.hosts(2)
    cloud.stores.cell("c1").services_of["h2"].forced_down = True
    hints = {"_nova_check_type": ["live_migrate"]}
    assert refused(cloud, force_hosts=["h2"], hints=hints)["h2"][0] == "ComputeFilter"


def test_an_unknown_host_is_no_host(cloud):
    cloud.hosts(1)
    assert refused(cloud, force_hosts=["h9"]) == {}


def test_only_one_node_of_a_host(cloud):
    cloud.add("host", node="n1", vcpus=64, memory_mb=99999)
    cloud.add("host", node="n2")
    [[found]] = cloud.select(spec(force_hosts=["host"], force_nodes=["n2"]))
    assert (found.host, found.node) == ("host", "n2")


def test_a_cell_a_move_may_not_leave(cloud):
    cloud.hosts(1)
    cloud.add("far", cell="c2", vcpus=64, memory_mb=99999)
    assert cloud.place(server="a") == "far"
    assert cloud.place(server="b", limit_cell="c1") == "h1"


def test_zones(cloud):
    cloud.hosts(3)
    cloud.aggregate("west", ["h2"], availability_zone="west")
    cloud.aggregate("east", ["h3"], availability_zone="east")
    [[found]] = cloud.select(spec("a", availability_zone="west"))
    assert (found.host, found.availability_zone) == ("h2", "west")
    assert cloud.place(server="b", availability_zone="nova") == "h1"
    with pytest.raises(NoValidHost, match="availability zone north"):
        cloud.select(spec("c", availability_zone="north"))


def test_a_new_zone_is_found_at_once(cloud):
    cloud.hosts(1)
    cloud.select(spec("a"))
    cloud.clock.sleep(2)
    cloud.aggregate("west", ["h1"], availability_zone="west")
    assert cloud.place(server="b", availability_zone="west") == "h1"


def test_groups_are_kept_apart_before_any_cell_knows(cloud):
    cloud.hosts(3)
    group = cloud.group("anti-affinity", ["a", "b", "c", "d"])
    cloud.runs("d", "h3")
    hosts = [cloud.place(server=name, group=group) for name in ("a", "b")]
    assert sorted(hosts) == ["h1", "h2"]
    found = refused(cloud, server="c", group=group)
    assert found == {f"h{n}": ("ServerGroupAntiAffinityFilter", "fewer than 1", 1)
                     for n in (1, 2, 3)}


def test_a_group_in_one_request(cloud):
    cloud.hosts(3)
    together = cloud.group("affinity", ["a", "b", "c"])
    found = cloud.hosts_of(*(spec(name, group=together) for name in "abc"))
    assert len(set(found)) == 1
    assert cloud.place(server="c", group=together) == found[0]


def test_a_group_that_is_gone_binds_nobody(cloud):
    cloud.hosts(1)
    assert cloud.place(group=uid("gone")) == "h1"


def test_a_failed_claim_leaves_the_group(cloud):
    cloud.hosts(1, vcpus=2)
    group = cloud.group("anti-affinity", ["a", "b"])
    rival = cloud.another_scheduler()

    def steal(operation):
        if operation == "claim" and not cloud.held("rival"):
            cloud.trouble = lambda operation: None
            rival.select(CONTEXT, [spec("rival")], 0)

    cloud.trouble = steal
    with pytest.raises(NoValidHost):
        cloud.select(spec("a", group=group))
    cloud.placement.allocations.delete(CONTEXT, uid("rival"))
    assert cloud.place(server="b", group=group) == "h1"


def test_hints_about_servers():
    cloud = Cloud(enabled_filters=["SameHostFilter", "DifferentHostFilter"])
    cloud.hosts(3)
    cloud.runs("old", "h2")
    assert cloud.place(server="a", hints={"same_host": [uid("old")]}) == "h2"
    assert cloud.place(server="b", hints={"different_host": [uid("old"), uid("a")]}) != "h2"


def test_hints_that_are_nobodys_change_nothing(cloud):
    cloud.hosts(2)
    hints = {"target_cell": ["c2"], "different_cell": ["c1"], "mine": ["x"]}
    assert cloud.place(hints=hints) == "h1"


def test_a_rebuild_asks_only_the_host_it_is_on(cloud):
    cloud.hosts(2)
    cloud.stores.cell("c1").services_of["h2"].disabled = True
    stay = {"hints": {"_nova_check_type": ["rebuild"]}, "force_hosts": ["h2"],
            "force_nodes": ["h2"]}
    [[found]] = cloud.select(spec(**stay))
    assert (found.host, found.allocation, dict(cloud.calls)) == ("h2", None, {})
    found = refused(cloud, properties={"hw_architecture": "aarch64"}, **stay)
    assert found["h2"][:2] == ("ImagePropertiesFilter", "aarch64/any/any")


def test_what_is_short_is_told_when_placement_finds_nothing(cloud):
    cloud.add("h1", vcpus=4)
    cloud.add("h2", memory_mb=512)
    cloud.add("h3", disk_gb=5)
    assert refused(cloud, sizes={"vcpus": 5, "memory_mb": 1024}) == {
        "h1": ("placement", 5, 4),
        "h2": ("placement", 1024, 512),
        "h3": ("placement", 10, 5),
    }


def causes(cloud):
    """What left no host, of all that was asked for."""
    found = cloud.told().findings.causes
    return [one["cause"] for one in found if one["emptied"]]


@pytest.mark.parametrize(("asked", "cause", "why"), [
    ({"sizes": {"vcpus": 9}}, "resource class VCPU", "not enough VCPU in all"),
    ({"sizes": {"memory_mb": 99999}}, "resource class MEMORY_MB", "not enough MEMORY_MB in all"),
    ({"sizes": {"root_gb": 999}}, "resource class DISK_GB", "not enough DISK_GB in all"),
    ({"extra_specs": {"resources:CUSTOM_GOLD": "1"}}, "resource class CUSTOM_GOLD",
     "not enough CUSTOM_GOLD"),
    ({"extra_specs": {"trait:HW_CPU_X86_VMX": "required"}}, "trait HW_CPU_X86_VMX",
     "it lacks HW_CPU_X86_VMX"),
    ({"extra_specs": {"trait:CUSTOM_OLD": "forbidden"}}, "without trait CUSTOM_OLD",
     "it has CUSTOM_OLD"),
    ({"extra_specs": {"hw:virtio_packed_ring": "true"}}, "trait COMPUTE_NET_VIRTIO_PACKED",
     "it lacks COMPUTE_NET_VIRTIO_PACKED"),
    ({"availability_zone": "west"}, "hosts in availability zone west",
     "it is not among hosts in availability zone west"),
])
def test_what_left_no_host_in_placement_is_named(cloud, asked, cause, why):
    cloud.add("h1", traits=frozenset({"CUSTOM_OLD"}), more={"CUSTOM_SILVER": 4})
    cloud.placement.names.ensure_classes(CONTEXT, ["CUSTOM_GOLD"])
    cloud.aggregate("west", [], availability_zone="west")
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec(**asked))
    assert causes(cloud) == [cause]
    [verdict] = cloud.told().findings.verdicts()
    assert (verdict["check"], verdict["reason"]) == ("placement", why)
    assert [one["reason"] for one in caught.value.explanations] == [why]


def test_a_disabled_host_is_named_as_such(cloud):
    cloud.add("h1", traits=frozenset({"COMPUTE_STATUS_DISABLED"}))
    assert refused(cloud)["h1"][0] == "placement"
    assert causes(cloud) == ["without trait COMPUTE_STATUS_DISABLED"]


def test_what_is_there_but_not_together(cloud):
    cloud.add("big", vcpus=32)
    cloud.add("able", vcpus=2, traits=frozenset({"HW_CPU_X86_VMX"}))
    refused(cloud, sizes={"vcpus": 8}, extra_specs={"trait:HW_CPU_X86_VMX": "required"})
    assert causes(cloud) == ["trait HW_CPU_X86_VMX"]
    found = {one["host"]: one["reason"] for one in cloud.told().findings.verdicts()}
    assert found == {"big": "it lacks HW_CPU_X86_VMX", "able": "not enough VCPU in all"}


def test_a_storm_of_failures_asks_once(cloud):
    cloud.hosts(1)
    for number in range(5):
        refused(cloud, server=f"s{number}", sizes={"vcpus": 99})
    assert cloud.calls["candidates"] < 5 * 2 + 5


def test_the_error_survives_the_wire(cloud):
    cloud.add("h1", vcpus=1)
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec())
    arrived = from_wire(to_wire(caught.value))
    assert isinstance(arrived, NoValidHost)
    assert arrived.explanations == caught.value.explanations


def test_many_hosts_are_summed_up(cloud):
    cloud.hosts(60, vcpus=1)
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec())
    assert len(caught.value.explanations) == 51
    assert caught.value.explanations[-1]["reason"] == "10 more hosts failed this check"


def test_each_decision_can_be_explained(cloud):
    cloud.add("small", vcpus=4)
    cloud.add("big", vcpus=8)
    cloud.stores.cell("c1").services_of["small"].forced_down = True
    cloud.add("middle", vcpus=6)
    cloud.select(spec())
    told = cloud.told()
    assert (told.host, told.kind, told.reason, told.request_id) == ("big", "create", None, "req-1")
    assert told.findings.asked == {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}
    first, second, refused = told.findings.verdicts()
    assert (first["host"], second["host"]) == ("big", "middle")
    assert first["weights"]["CPUWeigher"] == 1.0
    assert first["score"] == sum(first["weights"].values())
    assert (refused["host"], refused["check"]) == ("small", "ComputeFilter")


def test_a_failed_decision_can_be_explained_too(cloud):
    cloud.hosts(1)
    cloud.stores.cell("c1").services_of["h1"].forced_down = True
    refused(cloud)
    told = cloud.told()
    assert (told.host, told.reason) == (None, "There are not enough hosts available.")
    assert [one["check"] for one in told.findings.verdicts()] == ["ComputeFilter"]


def test_a_rebuild_leaves_a_record(cloud):
    cloud.hosts(1)
    cloud.select(spec(hints={"_nova_check_type": ["rebuild"]}, force_hosts=["h1"]))
    assert (cloud.told().host, cloud.told().kind) == ("h1", "rebuild")


def test_records_are_bounded():
    cloud = Cloud(scheduling__decision_hosts=3)
    cloud.hosts(5)
    cloud.place()
    found = cloud.told().findings
    assert (len(list(found.verdicts())), found.omitted) == (3, 2)


def test_records_can_be_switched_off():
    cloud = Cloud(scheduling__decisions_kept_days=0)
    cloud.hosts(1)
    cloud.place()
    assert cloud.scheduler.journal.settle(5)
    assert cloud.stores.decisions == []


def test_records_outlive_a_database_that_is_away(cloud):
    cloud.hosts(1)
    add, away = cloud.stores.api.decisions.add, [True]

    def stubborn(decisions):
        if away.pop() if away else False:
            raise DatabaseUnavailable(service="The database", reason="away")
        add(decisions)

    cloud.stores.api.decisions.add = stubborn
    cloud.place()
    assert cloud.told().host == "h1"
