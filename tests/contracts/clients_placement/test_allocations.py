"""Claiming, moving, giving back."""

from dataclasses import replace

import pytest

from nova.clients.placement.contract import (
    INSTANCE,
    MIGRATION,
    Allocation,
    Consumer,
    GenerationConflict,
    Inventory,
    NotEnoughRoom,
    PlacementRefused,
    ProviderInventory,
    ProviderNotFound,
)
from tests.contracts.clients_placement.hosts import A, B, C, add_host, consumer_id, held

ME = consumer_id("me")


@pytest.fixture(autouse=True)
def host(placement, context):
    add_host(placement, context, A)


def used(placement, context, provider_id=A):
    return placement.providers.usages(context, provider_id).used


def test_nothing_is_held_at_first(placement, context):
    found = placement.allocations.get(context, ME)
    assert not found
    assert found.consumer.generation is None


def test_claim_and_delete(placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 2, "MEMORY_MB": 512}}))
    found = placement.allocations.get(context, ME)
    assert found.resources == {A: {"VCPU": 2, "MEMORY_MB": 512}}
    assert found.consumer == Consumer(ME, "p", "u", INSTANCE, found.consumer.generation)
    assert found.consumer.generation is not None
    assert placement.allocations.of_provider(context, A) == {ME: {"VCPU": 2, "MEMORY_MB": 512}}
    assert placement.allocations.delete(context, ME)
    assert not placement.allocations.delete(context, ME)
    assert not placement.allocations.get(context, ME)
    assert used(placement, context)["VCPU"] == 0


def test_the_same_claim_twice_is_fine(placement, context):
    for _ in range(2):
        placement.allocations.claim(context, held("me", {A: {"VCPU": 2}}))
    assert used(placement, context)["VCPU"] == 2


def test_another_claim_needs_the_generation(placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 2}}))
    with pytest.raises(GenerationConflict):
        placement.allocations.claim(context, held("me", {A: {"VCPU": 3}}))
    known = placement.allocations.get(context, ME).consumer.generation
    placement.allocations.claim(context, held("me", {A: {"VCPU": 3}}, known))
    assert used(placement, context)["VCPU"] == 3


@pytest.mark.parametrize(
    "resources",
    [
        {"VCPU": 17},  # beyond what overcommitting gives
        {"MEMORY_MB": 3073},  # into what is reserved
        {"DISK_GB": 60},  # above the largest unit
        {"DISK_GB": 15},  # between two steps
        {"SRIOV_NET_VF": 1},  # not there at all
    ],
)
def test_what_does_not_fit(placement, context, resources):
    with pytest.raises(NotEnoughRoom):
        placement.allocations.claim(context, held("me", {A: resources}))
    assert not placement.allocations.get(context, ME)


def test_what_others_hold_counts(placement, context):
    placement.allocations.claim(context, held("other", {A: {"VCPU": 10}}))
    with pytest.raises(NotEnoughRoom):
        placement.allocations.claim(context, held("me", {A: {"VCPU": 7}}))
    placement.allocations.claim(context, held("me", {A: {"VCPU": 6}}))


def test_unknown_provider_or_class(placement, context):
    with pytest.raises(PlacementRefused):
        placement.allocations.claim(context, held("me", {B: {"VCPU": 1}}))
    with pytest.raises(PlacementRefused):
        placement.allocations.claim(context, held("me", {A: {"CUSTOM_NEVER_SEEN": 1}}))
    with pytest.raises(ProviderNotFound):
        placement.allocations.of_provider(context, B)


def test_moving_to_a_migration_is_one_change(placement, context):
    add_host(placement, context, B)
    placement.allocations.claim(context, held("me", {A: {"VCPU": 12}}))
    mine = placement.allocations.get(context, ME)
    move = held("migration", {A: {"VCPU": 12}})
    move = replace(move, consumer=replace(move.consumer, kind=MIGRATION))
    placement.allocations.change(context, [move, replace(mine, resources={B: {"VCPU": 12}})])
    assert placement.allocations.of_provider(context, A) == {consumer_id("migration"): {"VCPU": 12}}
    assert placement.allocations.get(context, ME).resources == {B: {"VCPU": 12}}
    kind = placement.allocations.get(context, consumer_id("migration")).consumer.kind
    assert kind == MIGRATION


def test_a_change_is_all_or_nothing(placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 2}}))
    mine = placement.allocations.get(context, ME)
    with pytest.raises(NotEnoughRoom):
        placement.allocations.change(
            context, [replace(mine, resources={}), held("big", {A: {"VCPU": 17}})]
        )
    assert placement.allocations.get(context, ME) == mine
    assert not placement.allocations.get(context, consumer_id("big"))
    placement.allocations.change(context, [replace(mine, resources={})])
    assert not placement.allocations.get(context, ME)


def test_removing_nothing_is_nothing(placement, context):
    placement.allocations.change(context, [held("me", {})])
    assert not placement.allocations.get(context, ME)


def test_amend_reads_edits_and_writes(placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 2}}))

    def more(found):
        return replace(found, resources={A: {**found.resources[A], "MEMORY_MB": 256}})

    written = placement.allocations.amend(context, ME, more)
    assert written.resources == {A: {"VCPU": 2, "MEMORY_MB": 256}}
    assert placement.allocations.get(context, ME).resources == written.resources


def test_usage_of_a_project(placement, context):
    placement.allocations.claim(context, held("one", {A: {"VCPU": 2}}))
    placement.allocations.claim(context, held("two", {A: {"VCPU": 3}}, user="v"))
    placement.allocations.claim(context, held("foreign", {A: {"VCPU": 1}}, project="q"))
    count = placement.allocations.of_project
    assert count(context, "p") == {"VCPU": 5}
    assert count(context, "p", "v") == {"VCPU": 3}
    assert count(context, "p", consumer_type=INSTANCE) == {"VCPU": 5}
    assert count(context, "p", consumer_type=MIGRATION) == {}
    assert count(context, "nobody") == {}


def test_reshape_moves_inventory_with_its_allocations(placement, context):
    placement.allocations.claim(context, held("me", {A: {"VCPU": 2, "DISK_GB": 10}}))
    child = placement.providers.ensure(context, C, "disks", A)
    root = placement.facts.inventories(context, A)
    mine = placement.allocations.get(context, ME)
    kept = {name: one for name, one in root.inventories.items() if name != "DISK_GB"}
    placement.facts.reshape(
        context,
        {
            A: ProviderInventory(root.generation, kept),
            C: ProviderInventory(child.generation, {"DISK_GB": Inventory(100)}),
        },
        [replace(mine, resources={A: {"VCPU": 2}, C: {"DISK_GB": 10}})],
    )
    assert placement.allocations.get(context, ME).resources == {
        A: {"VCPU": 2}, C: {"DISK_GB": 10},
    }  # fmt: skip
    assert used(placement, context, C) == {"DISK_GB": 10}
    assert "DISK_GB" not in placement.facts.inventories(context, A).inventories
    with pytest.raises(GenerationConflict):
        placement.facts.reshape(context, {A: root}, [])


def test_a_claim_of_an_unheld_consumer_with_a_generation_is_refused(placement, context):
    with pytest.raises(GenerationConflict):
        placement.allocations.claim(context, held("me", {A: {"VCPU": 1}}, 5))
    assert isinstance(placement.allocations.get(context, ME), Allocation)
