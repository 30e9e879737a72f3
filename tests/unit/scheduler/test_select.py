"""From specs to claimed hosts."""

import pytest

from nova.clients.placement.contract import PlacementUnavailable
from nova.scheduler.errors import NoValidHost
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import spec, uid


@pytest.fixture
def cloud():
    return Cloud()


def test_a_plain_server_gets_a_host_and_its_claim(cloud):
    cloud.hosts(2)
    [[chosen]] = cloud.select(spec())
    assert (chosen.host, chosen.node, chosen.cell_uuid) == ("h1", "h1", "c1")
    assert chosen.compute_uuid == uid("h1")
    assert chosen.availability_zone == "nova"
    assert chosen.allocation is None
    assert cloud.held() == {uid("h1"): {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}}


def test_the_budget_of_a_plain_server(cloud):
    """Two calls to placement, or one of the kind was just asked for; and no statement once the
    hosts are known."""
    cloud.hosts(3)
    cloud.select(spec("first"))
    assert dict(cloud.calls) == {"candidates": 1, "claim": 1}
    cloud.calls.clear()
    cloud.stores.statements.clear()
    cloud.select(spec("second"))
    assert dict(cloud.calls) == {"claim": 1}
    assert not cloud.stores.statements


def test_alternates_are_of_the_same_cell_and_say_what_to_claim(cloud):
    cloud.hosts(3)
    cloud.add("far", cell="c2")
    [[chosen, *others]] = cloud.select(spec(), alternates=5)
    assert {one.cell_uuid for one in (chosen, *others)} == {"c1"}
    assert {one.host for one in (chosen, *others)} == {"h1", "h2", "h3"}
    assert others[0].allocation["resources"] == {
        others[0].compute_uuid: {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}
    }
    assert others[0].allocation["mappings"] == {"": [others[0].compute_uuid]}


def test_servers_spread_because_decisions_are_remembered(cloud):
    cloud.hosts(3)
    hosts = [cloud.place(server=f"s{number}") for number in range(6)]
    assert sorted(hosts) == ["h1", "h1", "h2", "h2", "h3", "h3"]


def test_several_servers_are_one_plan_and_one_claim(cloud):
    cloud.hosts(2, vcpus=4)
    cloud.select(spec("warm-up", sizes={"vcpus": 0, "memory_mb": 1}))
    cloud.calls.clear()
    hosts = cloud.hosts_of(*(spec(f"s{number}") for number in range(4)))
    assert sorted(hosts) == ["h1", "h1", "h2", "h2"]
    assert dict(cloud.calls) == {"candidates": 1, "change": 1}


def test_a_plan_that_does_not_fit_holds_nothing(cloud):
    cloud.hosts(2, vcpus=4)
    with pytest.raises(NoValidHost) as refused:
        cloud.select(*(spec(f"s{number}") for number in range(5)))
    assert refused.value.message == (
        "No valid host was found. There are not enough hosts available."
    )
    assert [cloud.held(f"s{number}") for number in range(5)] == [{}] * 5
    assert sorted(cloud.hosts_of(spec("a"), spec("b"), spec("c"), spec("d"))) == [
        "h1", "h1", "h2", "h2"]


def test_different_servers_in_one_request_keep_their_order(cloud):
    cloud.add("big", vcpus=8)
    cloud.add("small", vcpus=2)
    found = cloud.hosts_of(spec("a", sizes={"vcpus": 2}), spec("b", sizes={"vcpus": 6}),
                           spec("c", sizes={"vcpus": 2}))
    assert found[1] == "big"
    assert sorted(found) == ["big", "big", "small"]


def test_one_kind_that_does_not_fit_undoes_the_other(cloud):
    cloud.add("h1", vcpus=4)
    with pytest.raises(NoValidHost):
        cloud.select(spec("a"), spec("b", sizes={"vcpus": 5}))
    assert cloud.held("a") == {}


def test_a_claim_that_is_refused_goes_to_the_next_host(cloud):
    """Another scheduler takes h1 between our question and our claim."""
    cloud.hosts(2, vcpus=2)
    rival = cloud.another_scheduler()

    def steal(operation):
        if operation == "claim" and not cloud.held("rival"):
            cloud.trouble = lambda operation: None
            rival.select(CONTEXT, [spec("rival")], 0)

    cloud.trouble = steal
    assert cloud.place() == "h2"
    assert uid("h1") in cloud.held("rival")


def test_the_refused_claim_of_several_is_tried_one_by_one(cloud):
    cloud.hosts(3, vcpus=2)
    rival = cloud.another_scheduler()

    def steal(operation):
        if operation == "change" and not cloud.held("rival"):
            cloud.trouble = lambda operation: None
            rival.select(CONTEXT, [spec("rival")], 0)

    cloud.trouble = steal
    assert sorted(cloud.hosts_of(spec("a"), spec("b"))) == ["h2", "h3"]


def stolen_from(cloud, vcpus):
    """A rival takes so many of the best host before the claims are made; what hosts report is
    read meanwhile, so that there are no younger facts on which to decide once more."""
    rival = cloud.another_scheduler()

    def steal(operation):
        if operation == "change":
            cloud.trouble = lambda operation: None
            rival.select(CONTEXT, [spec("rival", sizes={"vcpus": vcpus})], 0)
            cloud.clock.sleep(1)
            cloud.scheduler.snapshot.refresh()

    cloud.trouble = steal


@pytest.mark.parametrize("stolen", [2, 4])
def test_servers_that_stay_together_leave_together_when_a_claim_is_refused(cloud, stolen):
    """h1 has room for the first one only, or for none of them any more."""
    cloud.add("h1", vcpus=4, memory_mb=32768)
    cloud.add("h2", vcpus=4)
    group = cloud.group("affinity", ["a", "b"])
    stolen_from(cloud, stolen)
    assert cloud.hosts_of(spec("a", group=group), spec("b", group=group)) == ["h2", "h2"]
    assert set(cloud.held("a")) == set(cloud.held("b")) == {uid("h2")}
    assert {host for host, _ in cloud.stores.settled.values()} == {"h2"}


def test_servers_that_stay_together_and_fit_nowhere_hold_nothing(cloud):
    cloud.add("h1", vcpus=4, memory_mb=32768)
    cloud.add("h2", vcpus=2)
    group = cloud.group("affinity", ["a", "b"])
    stolen_from(cloud, 2)
    with pytest.raises(NoValidHost):
        cloud.select(spec("a", group=group), spec("b", group=group))
    assert (cloud.held("a"), cloud.held("b"), cloud.stores.settled) == ({}, {}, {})
    assert cloud.place(server="c") in ("h1", "h2")


def test_no_room_left_after_refusals_holds_nothing(cloud):
    cloud.hosts(2, vcpus=2)
    rival = cloud.another_scheduler()

    def steal(operation):
        if operation == "change" and not cloud.held("rival"):
            cloud.trouble = lambda operation: None
            rival.select(CONTEXT, [spec("rival")], 0)

    cloud.trouble = steal
    with pytest.raises(NoValidHost):
        cloud.select(spec("a"), spec("b"))
    assert (cloud.held("a"), cloud.held("b")) == ({}, {})
    assert cloud.place(server="c") == "h2"


def test_placement_that_does_not_answer_is_said(cloud):
    cloud.hosts(2)

    def down(operation):
        if operation == "claim":
            raise PlacementUnavailable(service="placement", reason="down")

    cloud.trouble = down
    with pytest.raises(PlacementUnavailable):
        cloud.select(spec())
    cloud.trouble = lambda operation: None
    assert cloud.place() == "h1"


def test_asking_again_after_a_crash_replaces_the_first_claim(cloud):
    cloud.hosts(2)
    cloud.select(spec())
    cloud.another_scheduler().select(CONTEXT, [spec(ignore_hosts=["H1"])], 0)
    assert list(cloud.held()) == [uid("h2")]


def test_an_evacuated_server_keeps_what_it_holds_at_home(cloud):
    cloud.hosts(2)
    cloud.select(spec())
    cloud.runs("server", "h1")
    cloud.select(spec(ignore_hosts=["h1"]))
    assert set(cloud.held()) == {uid("h1"), uid("h2")}


def test_an_unknown_host_is_read_once_and_then_left_alone(cloud):
    cloud.hosts(1)
    cloud.select(spec("first"))
    cloud.stores.statements.clear()
    cloud.add("new", vcpus=64, memory_mb=65536)
    cloud.clock.sleep(2)
    assert cloud.place(server="second") == "new"
    assert cloud.stores.statements["nodes"] == 2
    del cloud.stores.cell("c1").rows[uid("h1")]
    stranger = uid("stranger")
    cloud.placement.providers.ensure(CONTEXT, stranger, "stranger")
    cloud.placement.facts.set_inventories(
        CONTEXT, stranger, cloud.placement.facts.inventories(CONTEXT, uid("new")).inventories
    )
    cloud.stores.statements.clear()
    for number in range(3):
        cloud.clock.sleep(1.5)
        cloud.select(spec(f"more{number}"))
    assert cloud.stores.statements["nodes"] == 2


def test_a_refusal_on_old_facts_is_checked_once_more(cloud):
    cloud.hosts(1)
    service = cloud.stores.cell("c1").services_of["h1"]
    service.disabled = True
    with pytest.raises(NoValidHost):
        cloud.select(spec())
    cloud.clock.sleep(2)
    service.disabled = False
    assert cloud.place() == "h1"


def test_a_cell_that_is_down_keeps_its_hosts(cloud):
    cloud.hosts(1)
    cloud.add("far", cell="c2", vcpus=64, memory_mb=65536, disk_gb=900)
    assert cloud.place(server="a") == "far"
    cloud.stores.cell("c2").broken = True
    cloud.clock.sleep(30)
    cloud.stores.cell("c1").services_of["h1"].last_seen_up = cloud.clock.now()
    assert cloud.place(server="b") == "far"


@pytest.mark.parametrize("fields", [
    {"group": uid("anti-affinity")}, {"hints": {"group": [uid("g")]}},
    {"hints": {"same_host": [uid("a")]}}, {"hints": {"different_host": [uid("a")]}},
    {"force_hosts": ["h"]}, {"requested_host": "h"},
])
def test_what_lifts_the_limit_of_candidates(fields):
    """Groups and hints about servers may need any host, and so does a host of many nodes."""
    cloud = Cloud(scheduler__max_placement_results=1)
    for number in range(3):
        cloud.add("h", node=f"n{number}")
    cloud.group("anti-affinity", ["server"])
    if "group" in fields:
        fields = {**fields, "hints": {"group": [fields["group"]]}}
    [found] = cloud.select(spec(**fields), alternates=2)
    assert len(found) == 3


def test_the_limit_of_candidates_is_passed_on():
    cloud = Cloud(scheduler__max_placement_results=1)
    cloud.hosts(3)
    [found] = cloud.select(spec(), alternates=2)
    assert len(found) == 1


PINNED = {"extra_specs": {"hw:cpu_policy": "dedicated"}}


def test_pinned_processors_come_first_from_hosts_that_tell_them_apart(cloud):
    cloud.add("old", vcpus=2)
    cloud.add("new", vcpus=4, more={"PCPU": 4})
    assert cloud.place(server="a", **PINNED) == "new"
    assert cloud.held("a")[uid("new")]["PCPU"] == 2
    assert cloud.calls["candidates"] == 2


def test_pinned_processors_also_from_hosts_that_do_not(cloud):
    cloud.add("old", vcpus=2)
    assert cloud.place(**PINNED) == "old"
    assert cloud.held()[uid("old")]["VCPU"] == 2


def test_unless_that_is_switched_off():
    cloud = Cloud(workarounds__disable_fallback_pcpu_query=True)
    cloud.add("old", vcpus=2)
    with pytest.raises(NoValidHost):
        cloud.select(spec(**PINNED))


def test_devices_counted_by_placement():
    cloud = Cloud(pci_in_placement=True, enabled_filters=["PciPassthroughFilter"],
                  pci__alias=['{"name": "gpu", "resource_class": "CUSTOM_GPU"}'])
    cloud.add("big", vcpus=64)
    cloud.add("rich", more={"CUSTOM_GPU": 2})
    gpu = {"extra_specs": {"pci_passthrough:alias": "gpu:2"}}
    [[found]] = cloud.select(spec(**gpu))
    assert found.host == "rich"
    assert cloud.held()[uid("rich")]["CUSTOM_GPU"] == 2
    assert {tuple(one) for one in found.limits["mappings"].values()} == {(uid("rich"),)}
    assert len(found.limits["mappings"]) == 3
