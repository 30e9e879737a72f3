"""Where something would fit."""

import pytest

from nova.clients.placement.contract import (
    CandidateQuery,
    Inventory,
    PlacementRefused,
    RequestGroup,
    ResourceSummary,
)
from tests.contracts.clients_placement.hosts import AGGREGATE, A, B, C, add_host, held

SMALL = {"VCPU": 1, "MEMORY_MB": 512}


@pytest.fixture(autouse=True)
def hosts(placement, context):
    add_host(placement, context, A, traits=("HW_CPU_X86_AVX", "CUSTOM_FAST"))
    add_host(placement, context, B, vcpus=4)


@pytest.fixture
def find(placement, context):
    def search(*groups, **conditions):
        return placement.search.candidates(context, CandidateQuery(groups, **conditions))

    return search


def roots(found):
    return {provider for request in found.requests for provider in request.resources}


def test_all_with_room(find):
    found = find(RequestGroup(SMALL))
    assert roots(found) == {A, B}
    by_host = {next(iter(one.resources)): one for one in found.requests}
    assert by_host[A].resources == {A: SMALL}
    assert by_host[A].mappings == {"": (A,)}


def test_summaries_tell_capacity_use_and_traits(find, placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 3}}))
    summary = find(RequestGroup(SMALL)).summaries[A]
    assert (summary.root_id, summary.parent_id) == (A, None)
    assert summary.resources["VCPU"] == ResourceSummary(16, 3)
    assert summary.resources["MEMORY_MB"] == ResourceSummary(3072, 0)
    assert summary.traits == {"HW_CPU_X86_AVX", "CUSTOM_FAST"}


def test_what_is_used_does_not_count(find, placement, context):
    placement.allocations.claim(context, held("me", {B: {"VCPU": 8}}))
    assert roots(find(RequestGroup(SMALL))) == {A}
    assert find(RequestGroup({"VCPU": 17})).requests == ()


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (RequestGroup(SMALL, required=frozenset({"CUSTOM_FAST"})), {A}),
        (RequestGroup(SMALL, forbidden=frozenset({"CUSTOM_FAST"})), {B}),
        (RequestGroup(SMALL, any_of=(frozenset({"CUSTOM_FAST", "HW_CPU_X86_SSE"}),)), {A}),
        (RequestGroup(SMALL, member_of=(frozenset({AGGREGATE, B}),)), {B}),
        (RequestGroup(SMALL, not_member_of=frozenset({AGGREGATE})), {A}),
        (RequestGroup(SMALL, in_tree=B), {B}),
        (RequestGroup({"VCPU": 10}), {A}),
    ],
)
def test_conditions(find, placement, context, group, expected):
    placement.facts.set_aggregates(context, B, frozenset({AGGREGATE}))
    assert roots(find(group)) == expected


def test_conditions_on_the_root(find):
    group = RequestGroup(SMALL)
    assert roots(find(group, root_required=frozenset({"CUSTOM_FAST"}))) == {A}
    assert roots(find(group, root_forbidden=frozenset({"CUSTOM_FAST"}))) == {B}


def test_a_limit(find):
    assert len(find(RequestGroup(SMALL), limit=1).requests) == 1


@pytest.fixture
def devices(placement, context):
    """Two devices of one kind below A, of which the first is special."""
    first, second = C, C.replace("3", "4", 1)
    for provider, traits in ((first, {"CUSTOM_SPECIAL"}), (second, set())):
        placement.providers.ensure(context, provider, provider, A)
        placement.facts.set_inventories(context, provider, {"SRIOV_NET_VF": Inventory(2)})
        placement.facts.set_traits(context, provider, frozenset(traits))
    return first, second


def test_groups_of_their_own(find, devices):
    first, second = devices
    net = RequestGroup({"SRIOV_NET_VF": 1}, "_net")
    found = find(RequestGroup(SMALL), net)
    assert {one.mappings["_net"] for one in found.requests} == {(first,), (second,)}
    assert all(one.mappings[""] == (A,) for one in found.requests)
    special = RequestGroup({"SRIOV_NET_VF": 1}, "_net", required=frozenset({"CUSTOM_SPECIAL"}))
    (only,) = find(RequestGroup(SMALL), special).requests
    assert only.resources == {A: SMALL, first: {"SRIOV_NET_VF": 1}}


def test_isolated_groups_do_not_share(find, devices):
    one, two = (RequestGroup({"SRIOV_NET_VF": 1}, suffix) for suffix in ("_1", "_2"))
    apart = find(RequestGroup(SMALL), one, two, group_policy="isolate")
    assert len(apart.requests) == 2
    assert all(one.mappings["_1"] != one.mappings["_2"] for one in apart.requests)
    anyhow = find(RequestGroup(SMALL), one, two, group_policy="none")
    assert len(anyhow.requests) == 4
    with pytest.raises(PlacementRefused):
        find(RequestGroup(SMALL), one, two)


def test_the_groups_together_must_fit(find, devices):
    one, two = (RequestGroup({"SRIOV_NET_VF": 2}, suffix) for suffix in ("_1", "_2"))
    found = find(one, two, group_policy="none")
    assert all(request.mappings["_1"] != request.mappings["_2"] for request in found.requests)
    assert len(found.requests) == 2


def test_same_subtree(find, devices):
    one, two = (RequestGroup({"SRIOV_NET_VF": 1}, suffix) for suffix in ("_1", "_2"))
    found = find(one, two, group_policy="none", same_subtree=(frozenset({"_1", "_2"}),))
    assert all(request.mappings["_1"] == request.mappings["_2"] for request in found.requests)
    assert len(found.requests) == 2


def test_a_shared_disk(find, placement, context):
    placement.facts.set_inventories(
        context, B, {"VCPU": Inventory(4), "MEMORY_MB": Inventory(2048)}
    )
    placement.providers.ensure(context, C, "store")
    placement.facts.set_inventories(context, C, {"DISK_GB": Inventory(1000)})
    placement.facts.set_traits(context, C, frozenset({"MISC_SHARES_VIA_AGGREGATE"}))
    for provider in (B, C):
        placement.facts.set_aggregates(context, provider, frozenset({AGGREGATE}))
    found = find(RequestGroup({"VCPU": 1, "DISK_GB": 60}))
    assert [one.resources for one in found.requests] == [{B: {"VCPU": 1}, C: {"DISK_GB": 60}}]


def test_nothing_fits(find):
    found = find(RequestGroup({"PGPU": 1}))
    assert (found.requests, found.summaries) == ((), {})
