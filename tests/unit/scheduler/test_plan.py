"""Properties that every plan has, whatever hosts and servers."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nova.clients.placement.contract import (
    AllocationRequest,
    Candidates,
    ProviderSummary,
    ResourceSummary,
)
from nova.scheduler.candidates import offer
from nova.scheduler.field import Field
from nova.scheduler.judges import Judges
from nova.scheduler.loading import enabled_filters, weighers
from nova.scheduler.plan import Impossible, Plan
from nova.scheduler.ranking import Choice
from nova.scheduler.request import GroupView
from tests.unit.scheduler.making import conf_with, host, request, uid

CONF = conf_with()
JUDGES = Judges(enabled_filters(CONF), weighers(CONF), Choice())
WANT = {"VCPU": 2, "MEMORY_MB": 1024}


def answer(free):
    """Hosts h0.. with so many VCPUs free."""
    names = [f"h{number}" for number in range(len(free))]
    ways = tuple(AllocationRequest({uid(n): WANT}, {"": (uid(n),)}) for n in names)
    return Candidates(ways, {
        uid(name): ProviderSummary(uid(name), None, {"VCPU": ResourceSummary(vcpus, 0)})
        for name, vcpus in zip(names, free, strict=True)
    })


def prepared(free, servers, group=None, judges=JUDGES, cells=1):
    """(plan, requests)"""
    hosts = {}
    for number, vcpus in enumerate(free):
        made = host(f"h{number}", vcpus_total=vcpus, free_ram_mb=1024 * vcpus,
                    cell_uuid=f"c{number % cells}")
        hosts[made.uuid] = made
    given_ = offer(answer(free), hosts.__contains__)
    plan = Plan(judges, given_, random.Random(0))
    requests = [request(server=f"s{number}", group=group) for number in range(servers)]
    plan.sift(requests[0], Field(list(hosts.values())))
    return plan, requests


def planned(free, servers, group=None, judges=JUDGES, cells=1, alternates=0):
    """(placings until the first that has no place, why it has none)"""
    plan, requests = prepared(free, servers, group, judges, cells)
    placings = []
    for one in requests:
        try:
            placings.append(plan.place(one, alternates))
        except Impossible as impossible:
            return placings, impossible
    return placings, None


free_vcpus = st.lists(st.integers(2, 9), min_size=1, max_size=8)


@given(free_vcpus, st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_no_host_gets_more_than_it_has(free, servers):
    placings, _ = planned(free, servers)
    used = Counter(placing.chosen.host.host for placing in placings)
    assert all(used[f"h{number}"] * 2 <= vcpus for number, vcpus in enumerate(free))


@given(free_vcpus, st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_a_plan_fails_only_when_everything_is_full(free, servers):
    placings, impossible = planned(free, servers)
    room = sum(vcpus // 2 for vcpus in free)
    assert len(placings) == min(servers, room)
    assert (impossible is not None) == (servers > room)
    if impossible is not None:
        assert {verdict.host.host for verdict in impossible.verdicts} == {
            f"h{number}" for number in range(len(free))}


@given(free_vcpus, st.integers(1, 10), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_anti_affinity_holds_within_a_plan(free, servers, limit):
    group = GroupView("g", "anti-affinity", {"max_server_per_host": limit}, {uid("m"): "h0"})
    placings, _ = planned(free, servers, group)
    used = Counter(placing.chosen.host.host for placing in placings) + Counter({"h0": 1})
    assert max(used.values()) <= limit
    room = sum(min(vcpus // 2, limit - (number == 0)) for number, vcpus in enumerate(free))
    assert len(placings) == min(servers, room)


@given(free_vcpus, st.integers(1, 10))
@settings(max_examples=50, deadline=None)
def test_affinity_holds_within_a_plan(free, servers):
    placings, _ = planned(free, servers, GroupView("g", "affinity"))
    assert len({placing.chosen.host.host for placing in placings}) == 1


@given(free_vcpus, st.integers(1, 5), st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_servers_that_stay_together_go_where_all_have_room(free, servers, subset):
    """Whichever host would be the first one's."""
    judges = replace(JUDGES, choice=Choice(subset))
    plan, requests = prepared(free, servers, GroupView("g", "affinity"), judges)
    roomy = {f"h{number}" for number, vcpus in enumerate(free) if vcpus // 2 >= servers}
    try:
        placings = plan.place_all(requests, 0)
    except Impossible as impossible:
        assert not roomy
        assert impossible.request.server != requests[0].server
        return
    [together] = {placing.chosen.host.host for placing in placings}
    assert together in roomy


@given(free_vcpus, st.integers(0, 5), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_alternates_are_others_of_the_same_cell_best_first(free, alternates, cells):
    [placing], _ = planned(free, 1, cells=cells, alternates=alternates)
    others = [place.host for place in placing.alternates]
    here = placing.chosen.host
    near = [number for number in range(len(free)) if f"c{number % cells}" == here.cell_uuid]
    assert len(others) == min(alternates, len(near) - 1)
    assert len({one.host for one in [here, *others]}) == len(others) + 1
    assert {one.cell_uuid for one in others} <= {here.cell_uuid}
    rooms = [one.vcpus_total for one in [here, *others]]
    assert rooms == sorted(rooms, reverse=True)


@given(free_vcpus, st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_a_withdrawn_place_is_free_for_others(free, servers):
    hosts = {uid(f"h{n}"): host(f"h{n}", vcpus_total=v) for n, v in enumerate(free)}
    plan = Plan(JUDGES, offer(answer(free), hosts.__contains__), random.Random(0))
    plan.sift(request(), Field(list(hosts.values())))
    room = sum(vcpus // 2 for vcpus in free)
    for number in range(servers):
        plan.withdraw(plan.place(request(server=f"w{number}"), 0))
    placed = [plan.place(request(server=f"s{number}"), 0) for number in range(room)]
    assert len(placed) == room


def test_a_random_one_of_the_best_is_taken():
    judges = Judges(JUDGES.filters, JUDGES.weighers, Choice(subset=3))
    rng, chosen = random.Random(3), set()
    for _ in range(40):
        hosts = {uid(f"h{n}"): host(f"h{n}", vcpus_total=v) for n, v in enumerate([8, 8, 8, 2])}
        plan = Plan(judges, offer(answer([8, 8, 8, 2]), hosts.__contains__), rng)
        plan.sift(request(), Field(list(hosts.values())))
        chosen.add(plan.place(request(), 0).chosen.host.host)
    assert chosen == {"h0", "h1", "h2"}


def test_equals_are_shuffled_when_asked_to():
    judges = Judges(JUDGES.filters, JUDGES.weighers, Choice(shuffle=True))
    chosen = set()
    for seed in range(30):
        hosts = {uid(f"h{n}"): host(f"h{n}", vcpus_total=v) for n, v in enumerate([8, 8, 8, 2])}
        plan = Plan(judges, offer(answer([8, 8, 8, 2]), hosts.__contains__), random.Random(seed))
        plan.sift(request(), Field(list(hosts.values())))
        chosen.add(plan.place(request(), 0).chosen.host.host)
    assert chosen == {"h0", "h1", "h2"}


def test_shared_storage_is_counted_once():
    """Two hosts offer the same disk, which takes one server only."""
    hosts = {uid(name): host(name) for name in ("h0", "h1")}
    shared = {"DISK_GB": ResourceSummary(10, 0)}
    found = Candidates(
        tuple(AllocationRequest({node: {"VCPU": 1}, "nfs": {"DISK_GB": 10}}) for node in hosts),
        {**{node: ProviderSummary(node, None, {}) for node in hosts},
         "nfs": ProviderSummary("nfs", None, shared)},
    )
    plan = Plan(JUDGES, offer(found, hosts.__contains__), random.Random(0))
    plan.sift(request(), Field(list(hosts.values())))
    plan.place(request(server="a"), 0)
    try:
        plan.place(request(server="b"), 0)
    except Impossible as impossible:
        assert {verdict.check for verdict in impossible.verdicts} == {"placement"}
    else:
        raise AssertionError("the disk was given away twice")
