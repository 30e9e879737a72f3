"""Providers and what they have."""

import pytest

from nova.clients.placement.contract import (
    GenerationConflict,
    Inventory,
    InventoryInUse,
    PlacementRefused,
    ProviderInUse,
    ProviderNameTaken,
    ProviderNotFound,
)
from tests.contracts.clients_placement.hosts import AGGREGATE, A, B, C, add_host, held


def test_ensure_makes_finds_and_renames(placement, context):
    made = placement.providers.ensure(context, A, "host-a")
    assert (made.id, made.name, made.parent_id, made.root_id) == (A, "host-a", None, A)
    assert placement.providers.ensure(context, A, "host-a") == made
    assert placement.providers.ensure(context, A, "other").name == "other"
    assert placement.providers.get(context, A).name == "other"
    assert placement.providers.named(context, "host-a") is None
    assert placement.providers.named(context, "other").id == A


def test_a_name_belongs_to_one_provider(placement, context):
    placement.providers.ensure(context, A, "host-a")
    with pytest.raises(ProviderNameTaken):
        placement.providers.ensure(context, B, "host-a")


def test_a_tree(placement, context):
    placement.providers.ensure(context, A, "root")
    child = placement.providers.ensure(context, B, "child", A)
    assert (child.parent_id, child.root_id) == (A, A)
    placement.providers.ensure(context, C, "alone")
    for member in (A, B):
        tree = placement.providers.tree(context, member)
        assert {one.id for one in tree} == {A, B}
    with pytest.raises(ProviderInUse):
        placement.providers.delete(context, A)
    assert placement.providers.delete(context, B)
    assert not placement.providers.delete(context, B)
    assert placement.providers.delete(context, A)
    assert placement.providers.get(context, A) is None
    assert placement.providers.tree(context, A) == ()


def test_inventories_are_replaced(placement, context):
    placement.providers.ensure(context, A, "a")
    first = {"VCPU": Inventory(8, allocation_ratio=4.0), "MEMORY_MB": Inventory(1024, reserved=512)}
    made = placement.facts.set_inventories(context, A, first)
    assert made.inventories == first
    assert placement.facts.inventories(context, A) == made
    second = {"VCPU": Inventory(4), "CUSTOM_THING": Inventory(2)}
    changed = placement.facts.set_inventories(context, A, second, made.generation)
    assert changed.generation > made.generation
    assert placement.facts.inventories(context, A).inventories == second


def test_what_is_so_already_is_not_written(placement, context):
    placement.providers.ensure(context, A, "a")
    inventories = {"VCPU": Inventory(8)}
    made = placement.facts.set_inventories(context, A, inventories)
    assert placement.facts.set_inventories(context, A, inventories) == made


def test_a_stale_generation_is_refused(placement, context):
    placement.providers.ensure(context, A, "a")
    with pytest.raises(GenerationConflict):
        placement.facts.set_inventories(context, A, {"VCPU": Inventory(8)}, 77)
    with pytest.raises(GenerationConflict):
        placement.facts.set_traits(context, A, frozenset({"HW_CPU_X86_AVX"}), 77)
    with pytest.raises(GenerationConflict):
        placement.facts.set_aggregates(context, A, frozenset({AGGREGATE}), 77)


def test_unknown_names_are_refused(placement, context):
    placement.providers.ensure(context, A, "a")
    with pytest.raises(PlacementRefused):
        placement.facts.set_inventories(context, A, {"NO_SUCH": Inventory(8)})
    with pytest.raises(PlacementRefused):
        placement.facts.set_traits(context, A, frozenset({"NO_SUCH"}))
    with pytest.raises(ProviderNotFound):
        placement.facts.set_traits(context, B, frozenset())
    with pytest.raises(ProviderNotFound):
        placement.facts.inventories(context, B)


def test_allocated_classes_cannot_go(placement, context):
    add_host(placement, context, A)
    placement.allocations.claim(context, held("c1", {A: {"VCPU": 1}}))
    with pytest.raises(InventoryInUse):
        placement.facts.set_inventories(context, A, {"DISK_GB": Inventory(8)})
    with pytest.raises(ProviderInUse):
        placement.providers.delete(context, A)


def test_traits_and_aggregates(placement, context):
    placement.providers.ensure(context, A, "a")
    traits = frozenset({"HW_CPU_X86_AVX", "CUSTOM_FAST"})
    made = placement.facts.set_traits(context, A, traits)
    assert made.traits == traits
    assert placement.facts.traits(context, A) == made
    assert "CUSTOM_FAST" in placement.names.traits(context, "CUSTOM_")
    joined = placement.facts.set_aggregates(context, A, frozenset({AGGREGATE}))
    assert joined.aggregates == {AGGREGATE}
    assert placement.facts.aggregates(context, A) == joined
    members = placement.providers.in_aggregates(context, [AGGREGATE], ["CUSTOM_FAST"])
    assert [one.id for one in members] == [A]
    assert placement.providers.in_aggregates(context, [AGGREGATE], ["HW_CPU_X86_SSE"]) == ()
    assert placement.facts.set_aggregates(context, A, frozenset()).aggregates == frozenset()


def test_names_are_made_once(placement, context):
    for _ in range(2):
        placement.names.ensure_classes(context, ["CUSTOM_A", "VCPU"])
        placement.names.ensure_traits(context, ["CUSTOM_T", "HW_CPU_X86_AVX"])
    assert "CUSTOM_T" in placement.names.traits(context)
    assert "HW_CPU_X86_AVX" in placement.names.traits(context)


def test_usages_of_a_provider(placement, context):
    add_host(placement, context, A)
    placement.allocations.claim(context, held("c1", {A: {"VCPU": 2, "MEMORY_MB": 512}}))
    assert placement.providers.usages(context, A).used == {
        "VCPU": 2, "MEMORY_MB": 512, "DISK_GB": 0,
    }  # fmt: skip
