"""What a host says it has: to us, and to placement."""

import dataclasses
from typing import Any

import pytest

from nova.clients.placement.contract import (
    Allocation,
    Consumer,
    GenerationConflict,
    Inventory,
)
from nova.compute.inventory.nodes import node_of, used_by
from nova.compute.inventory.provider import ProviderReport, inventories_of
from nova.context import admin_context
from nova.objects.host import ComputeNode
from nova.virt.contract import HostFacts
from tests import records
from tests.unit.compute.making import House

CONTEXT = admin_context()
TRAITS = frozenset({"COMPUTE_NODE", "OWNER_NOVA", "HW_CPU_X86_AVX"})


def node(house: House, servers: list[Any] | None = None) -> ComputeNode:
    facts: HostFacts = house.seams.driver.inventory.facts("host1")
    return node_of(house.conf, "host1", facts, "11111111-0000-4000-8000-000000000001",
                   used_by(servers or []))


def test_ratios_are_the_fixed_ones_or_else_the_initial() -> None:
    made = node(House(initial_cpu_allocation_ratio=4.0, ram_allocation_ratio=1.5))
    assert (made.cpu_allocation_ratio, made.ram_allocation_ratio) == (4.0, 1.5)
    assert made.disk_allocation_ratio == 1.0
    assert node(House(cpu_allocation_ratio=2.0)).cpu_allocation_ratio == 2.0
    assert node(House(cpu_allocation_ratio=0.0)).cpu_allocation_ratio == 4.0


def test_what_servers_and_the_host_itself_use() -> None:
    house = House(reserved_host_cpus=1, reserved_host_memory_mb=512, reserved_host_disk_mb=2049)
    servers = [
        records.instance(vcpus=2, memory_mb=1024, root_gb=10, ephemeral_gb=5, task_state=None,
                         vm_state="active", os_type="linux"),
        records.instance(vcpus=1, memory_mb=256, root_gb=1, ephemeral_gb=0, task_state="pausing",
                         vm_state="active", os_type=None),
    ]
    made = node(house, servers)
    assert (made.vcpus, made.memory_mb, made.local_gb) == (8, 8192, 100)
    assert (made.vcpus_used, made.memory_mb_used, made.local_gb_used) == (4, 1792, 19)
    assert (made.free_ram_mb, made.free_disk_gb) == (8192 - 1792, 100 - 19)
    assert (made.running_vms, made.current_workload) == (2, 1)


def test_inventories_have_reserves_and_ratios() -> None:
    house = House(reserved_host_cpus=1, reserved_host_memory_mb=512, reserved_host_disk_mb=2049,
                  cpu_allocation_ratio=2.0, ram_allocation_ratio=1.0, disk_allocation_ratio=3.0)
    assert inventories_of(house.conf, node(house)) == {
        "VCPU": Inventory(8, 1, max_unit=8, allocation_ratio=2.0),
        "MEMORY_MB": Inventory(8192, 512, max_unit=8192, allocation_ratio=1.0),
        "DISK_GB": Inventory(100, 3, max_unit=100, allocation_ratio=3.0),
    }


def test_a_class_of_nothing_is_left_out() -> None:
    house = House()
    house.hypervisor.size = dataclasses.replace(house.hypervisor.size, disk_gb=0)
    assert set(inventories_of(house.conf, node(house))) == {"VCPU", "MEMORY_MB"}


class Watched:
    """A host's report, and what it asks placement."""

    def __init__(self, **options: Any) -> None:
        self.house = House(**options)
        self.asked: list[str] = []
        self.house.placement_state.gate = self.asked.append
        self.report = ProviderReport(
            self.house.conf, self.house.clock, self.house.placement)
        self.node = node(self.house)

    def tell(self, traits: frozenset[str] = TRAITS, *, disabled: bool = False) -> list[str]:
        """What was asked for it."""
        self.asked.clear()
        self.report.tell(CONTEXT, self.node, traits, disabled)
        return [one.partition(".")[2] for one in self.asked]

    @property
    def traits(self) -> set[str]:
        return set(self.house.placement.facts.traits(CONTEXT, self.node.uuid).traits)


def test_placement_is_told_all_once() -> None:
    watched = Watched()
    assert watched.tell()
    there = watched.house.placement.facts.inventories(CONTEXT, watched.node.uuid)
    assert there.inventories == inventories_of(watched.house.conf, watched.node)
    assert watched.traits == TRAITS
    assert watched.tell() == []


def test_only_what_changed_is_written() -> None:
    watched = Watched()
    watched.tell()
    assert "set_inventories" not in watched.tell(TRAITS | {"HW_CPU_X86_AVX2"})
    watched.node.vcpus = 16
    assert "set_traits" not in watched.tell(TRAITS | {"HW_CPU_X86_AVX2"})
    there = watched.house.placement.facts.inventories(CONTEXT, watched.node.uuid)
    assert there.inventories["VCPU"].total == 16


def ratios(watched: Watched) -> tuple[float, float]:
    found = watched.house.placement.facts.inventories(CONTEXT, watched.node.uuid).inventories
    return found["VCPU"].allocation_ratio, found["MEMORY_MB"].allocation_ratio


def test_ratios_that_somebody_set_in_placement_stay_unless_fixed_here() -> None:
    watched = Watched(initial_cpu_allocation_ratio=4.0, ram_allocation_ratio=1.5)
    watched.tell()
    assert ratios(watched) == (4.0, 1.5)
    facts = watched.house.placement.facts
    there = dict(facts.inventories(CONTEXT, watched.node.uuid).inventories)
    facts.set_inventories(CONTEXT, watched.node.uuid, {
        name: dataclasses.replace(one, allocation_ratio=9.0) for name, one in there.items()})
    watched.node.vcpus = 16
    watched.tell()
    assert ratios(watched) == (9.0, 1.5)
    # So they do when the process starts anew.
    watched.report = ProviderReport(
            watched.house.conf, watched.house.clock, watched.house.placement)
    assert "set_inventories" not in watched.tell()
    assert ratios(watched) == (9.0, 1.5)


def test_traits_of_operators_stay_and_ours_that_are_gone_go() -> None:
    watched = Watched()
    watched.tell()
    watched.house.placement.facts.set_traits(
        CONTEXT, watched.node.uuid, TRAITS | {"CUSTOM_GOLD", "HW_CPU_X86_SSE"})
    watched.tell(frozenset({"COMPUTE_NODE"}))
    assert watched.traits == {"COMPUTE_NODE", "OWNER_NOVA", "CUSTOM_GOLD"}


def test_a_disabled_host_says_so_until_it_is_enabled() -> None:
    watched = Watched()
    watched.tell(disabled=True)
    assert watched.traits == TRAITS | {"COMPUTE_STATUS_DISABLED"}
    watched.tell(disabled=False)
    assert watched.traits == TRAITS


def test_a_rival_writer_is_tried_again_after() -> None:
    """An operator adds a trait between our looking and our writing."""
    watched = Watched()
    watched.tell()
    facts, rival = watched.house.placement.facts, iter([True])

    def gate(operation: str) -> None:
        if operation.endswith("set_traits") and next(rival, False):
            facts.set_traits(CONTEXT, watched.node.uuid, TRAITS | {"CUSTOM_GOLD"})

    watched.house.placement_state.gate = gate
    watched.report.tell(CONTEXT, watched.node, TRAITS | {"HW_CPU_X86_AVX2"}, False)
    assert watched.traits == TRAITS | {"CUSTOM_GOLD", "HW_CPU_X86_AVX2"}


def test_what_was_not_written_is_written_next_time() -> None:
    watched = Watched()

    def gate(operation: str) -> None:
        if operation.endswith("set_traits"):
            raise GenerationConflict(subject="it", reason="for ever")

    watched.house.placement_state.gate = gate
    with pytest.raises(GenerationConflict):
        watched.report.tell(CONTEXT, watched.node, TRAITS, False)
    watched.house.placement_state.gate = watched.asked.append
    watched.tell()
    assert watched.traits == TRAITS


def test_failed_builds_are_told_unless_they_shall_not_count() -> None:
    def stats(**options: Any) -> Any:
        house = House(**options)
        facts: HostFacts = house.seams.driver.inventory.facts("host1")
        return node_of(house.conf, "host1", facts, "x", used_by([]), 3).stats

    assert stats()["failed_builds"] == "3"
    assert stats(compute__consecutive_build_service_disable_threshold=0)["failed_builds"] == "0"


def test_states_tasks_projects_and_systems_are_counted() -> None:
    servers = [
        records.instance(vm_state=state, task_state=task, os_type=system, project_id=project)
        for state, task, system, project in (
            ("building", "spawning", "linux", "p1"), ("active", None, "linux", "p1"),
            ("active", "image_snapshot", None, "p2"), ("active", "pausing", "windows", "p1"),
        )
    ]
    assert node(House(), servers).stats == {
        "num_instances": "4", "io_workload": "2", "failed_builds": "0",
        "num_vm_building": "1", "num_vm_active": "3",
        "num_task_spawning": "1", "num_task_None": "1", "num_task_image_snapshot": "1",
        "num_task_pausing": "1",
        "num_proj_p1": "3", "num_proj_p2": "1",
        "num_os_type_linux": "2", "num_os_type_None": "1", "num_os_type_windows": "1",
    }


def disk(watched: Watched) -> bool:
    there = watched.house.placement.facts.inventories(CONTEXT, watched.node.uuid)
    return "DISK_GB" in there.inventories


def share_disk(watched: Watched, aggregate: str = "storage", pool: str = "pool") -> None:
    """An operator adds a provider that shares disk with the host."""
    placement = watched.house.placement
    placement.providers.ensure(CONTEXT, pool, pool)
    placement.facts.set_inventories(CONTEXT, pool, {"DISK_GB": Inventory(5000)})
    placement.facts.set_traits(CONTEXT, pool, frozenset({"MISC_SHARES_VIA_AGGREGATE"}))
    for provider in (pool, watched.node.uuid):
        known = placement.facts.aggregates(CONTEXT, provider).aggregates
        placement.facts.set_aggregates(CONTEXT, provider, known | {aggregate})


def test_a_host_with_shared_disk_offers_none_of_its_own() -> None:
    watched = Watched()
    watched.tell()
    assert disk(watched)
    share_disk(watched)
    assert watched.tell() == []
    watched.house.clock.run(300)
    watched.tell()
    assert not disk(watched)
    watched.house.placement.facts.set_aggregates(CONTEXT, watched.node.uuid, frozenset())
    watched.house.clock.run(300)
    watched.tell()
    assert disk(watched)


def test_what_shares_something_else_leaves_the_disk() -> None:
    watched = Watched()
    watched.tell()
    share_disk(watched)
    watched.house.placement.facts.set_inventories(CONTEXT, "pool", {"VGPU": Inventory(4)})
    watched.report = ProviderReport(
        watched.house.conf, watched.house.clock, watched.house.placement)
    watched.tell()
    assert disk(watched)


def test_own_disk_stays_while_a_server_has_some_of_it() -> None:
    watched = Watched(compute__resource_provider_association_refresh=60)
    watched.tell()
    server = Consumer("22222222-0000-4000-8000-000000000002", "p", "u")
    held = Allocation(server, {watched.node.uuid: {"DISK_GB": 10}})
    watched.house.placement.allocations.claim(CONTEXT, held)
    share_disk(watched)
    watched.house.clock.run(60)
    watched.tell()
    assert disk(watched)
    watched.house.placement.allocations.delete(CONTEXT, server.consumer_id)
    watched.house.clock.run(60)
    watched.tell()
    assert not disk(watched)


def test_sharing_providers_are_searched_for_so_many_aggregates_at_once() -> None:
    watched = Watched(compute__sharing_providers_max_uuids_per_request=2)
    watched.tell()
    for number in range(4):
        watched.house.placement.facts.set_aggregates(
            CONTEXT, watched.node.uuid, frozenset(f"a{n}" for n in range(number)))
    share_disk(watched, "z")
    watched.report = ProviderReport(
        watched.house.conf, watched.house.clock, watched.house.placement)
    assert watched.tell().count("providers_in_aggregates") == 2
    assert not disk(watched)


def test_what_others_took_away_is_told_again() -> None:
    watched = Watched()
    watched.tell()
    facts = watched.house.placement.facts
    facts.set_inventories(CONTEXT, watched.node.uuid, {})
    facts.set_traits(CONTEXT, watched.node.uuid, frozenset())
    watched.house.clock.run(300)
    watched.tell()
    assert disk(watched)
    assert watched.traits == TRAITS


def test_it_is_never_looked_again_if_the_option_says_so() -> None:
    watched = Watched(compute__resource_provider_association_refresh=0)
    watched.tell()
    watched.house.clock.run(100_000)
    assert watched.tell() == []
