"""What is answered to who asks first is what then happens, whatever the state."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nova.clients.placement.contract import Inventory
from nova.objects.cloud import RequestSpec
from nova.scheduler.errors import NoValidHost
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import conf_with, spec, uid

CELLS = {"cells": [{"id": n, "cpuset": [2 * n, 2 * n + 1], "pcpuset": [8 + 2 * n, 9 + 2 * n],
                    "memory": 4096, "network_metadata": {"physnets": ["net"] * n}}
                   for n in range(2)]}
BANDWIDTH = "NET_BW_EGR_KILOBIT_PER_SEC"
CARDS = "CUSTOM_PCI_8086_154C"
OPTIONS = {
    "enabled_filters": ["ComputeFilter", "ServerGroupAntiAffinityFilter",
                        "ServerGroupAffinityFilter", "SameHostFilter",
                        "DifferentHostFilter", "NUMATopologyFilter",
                        "PciPassthroughFilter", "NumInstancesFilter"],
    "max_instances_per_host": 4,
    "pci__alias": ['{"name": "nic", "vendor_id": "8086", "product_id": "154c"}'],
}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "wide": {"sizes": {"vcpus": 3}},
    "cells": {"extra_specs": {"hw:numa_nodes": "2"}},
    "nic": {"extra_specs": {"pci_passthrough:alias": "nic:1"}},
    "trait": {"extra_specs": {"trait:CUSTOM_FAST": "required"}},
    "zone": {"availability_zone": "west"},
    "pinned": {"extra_specs": {"hw:cpu_policy": "dedicated"}},
    "near": {"extra_specs": {"hw:numa_nodes": "1"},
             "network_metadata": {"physnets": ["net"], "tunneled": False}},
    "cells and nic": {"extra_specs": {"hw:numa_nodes": "1", "pci_passthrough:alias": "nic:1",
                                      "hw:pci_numa_affinity_policy": "required"}},
    "port": {"requested_resources": [
        {"requester_id": "port", "resources": {BANDWIDTH: 600}, "required": ["CUSTOM_NET"]}]},
    "group of its own": {"extra_specs": {"resources1:VCPU": "1", "resources2:CUSTOM_TOKEN": "1",
                                         "group_policy": "none"}},
    "host": {"requested_host": "h1"},
    "forced": {"force_hosts": ["h2"]},
    "ignored": {"ignore_hosts": ["h0", "H1"]},
    "apart": {"hints": {"different_host": [uid("before0"), uid("before1")]}},
    "with": {"hints": {"same_host": [uid("before0"), uid("before2")]}},
}


@cache
def options(subset: int, cards: bool) -> Any:
    return conf_with(**OPTIONS, host_subset_size=subset, pci_in_placement=cards)


@dataclass
class State:
    """Hosts of so many VCPUs, of which `fast`, `down` and `west` say which are; what was asked
    for before; whether one of several best is drawn; whether placement counts PCI cards."""

    vcpus: list[int]
    fast: set[int]
    down: set[int]
    west: set[int]
    before: list[str]
    subset: int
    cards: bool

    def cloud(self, *, running: bool = True) -> Cloud:
        """`running`: what was asked for before is at its hosts."""
        made = Cloud(options(self.subset, self.cards))
        for number, vcpus in enumerate(self.vcpus):
            made.add(
                f"h{number}", cell=f"c{1 + number % 2}", vcpus=vcpus, numa_topology=CELLS,
                traits=frozenset({"CUSTOM_FAST"} if number in self.fast else ()),
                more={"CUSTOM_TOKEN": 2},
                pci_stats=[{"vendor_id": "8086", "product_id": "154c", "count": 1,
                            "numa_node": (number + slot) % 2,
                            "tags": {"rp_uuid": uid(f"h{number} card{slot}")}}
                           for slot in range(number % 3)])
            child(made, f"h{number}", "bridge", {BANDWIDTH: 1000}, "CUSTOM_NET")
            for slot in range(number % 3):
                child(made, f"h{number}", f"card{slot}", {CARDS: 1}, "CUSTOM_FAST")
            if number in self.down:
                made.stores.cell(f"c{1 + number % 2}").services_of[f"h{number}"].forced_down = True
        west = [f"h{number}" for number in self.west if number < len(self.vcpus)]
        made.aggregate("west", west, availability_zone="west")
        for number, kind in enumerate(self.before):
            found = tried(made, [spec(f"before{number}", **KINDS[kind])])
            if running and isinstance(found, list):
                made.runs(f"before{number}", found[0], f"c{1 + int(found[0][1:]) % 2}")
        return made


def child(cloud: Cloud, host: str, name: str, amounts: dict[str, int], trait: str) -> None:
    """A provider below the host's."""
    uuid = uid(f"{host} {name}")
    cloud.placement.providers.ensure(CONTEXT, uuid, f"{host} {name}", uid(host))
    cloud.placement.facts.set_inventories(
        CONTEXT, uuid, {one: Inventory(total) for one, total in amounts.items()})
    cloud.placement.facts.set_traits(CONTEXT, uuid, frozenset({trait}))


places = st.sets(st.integers(0, 5), max_size=4)
states = st.builds(
    State, vcpus=st.lists(st.integers(1, 8), min_size=1, max_size=6), fast=places, down=places,
    west=places, before=st.lists(st.sampled_from(sorted(KINDS)), max_size=5),
    subset=st.sampled_from([1, 1, 3]), cards=st.booleans())


def tried(cloud: Cloud, asked: list[RequestSpec]) -> list[str] | str:
    """The hosts, or why there are none."""
    try:
        return cloud.hosts_of(*asked)
    except NoValidHost as refused:
        return str(refused.gaps["reason"])


def several(kind: str, count: int, group: str | None) -> list[RequestSpec]:
    return [spec(f"s{number}", group=group, **KINDS[kind]) for number in range(count)]


def of_group(cloud: Cloud, policy: str | None, count: int) -> str | None:
    return None if policy is None else cloud.group(policy, [f"s{n}" for n in range(count)])


@given(states, st.sampled_from(sorted(KINDS)), st.integers(1, 4),
       st.sampled_from([None, "affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]))
@settings(max_examples=100, deadline=None)
def test_where_it_would_go_is_where_it_goes(state, kind, count, policy):
    cloud = state.cloud()
    asked = several(kind, count, of_group(cloud, policy, count))
    held = cloud.placement.allocations
    told = cloud.scheduler.would_select(CONTEXT, asked)
    assert all(not held.get(CONTEXT, one.instance_uuid).resources for one in asked)
    again = cloud.scheduler.would_select(CONTEXT, asked)
    assert again == told
    found = tried(cloud, asked)
    assert ([one["host"] for one in told["placed"]] or told["reason"]) == found


@given(states, st.sampled_from(sorted(KINDS)))
@settings(max_examples=40, deadline=None)
def test_as_many_fit_as_then_can_be_placed(state, kind):
    cloud = state.cloud()
    told = cloud.scheduler.would_fit(CONTEXT, spec(**KINDS[kind]), 50)
    found: list[str] = []
    while isinstance(placed := tried(cloud, [spec(f"s{len(found)}", **KINDS[kind])]), list):
        found += placed
    assert (told["count"], told["by_host"]) == (len(found), dict(Counter(found)))
    assert told["reason"] == placed


@given(states, st.sampled_from(sorted(KINDS)), st.integers(1, 4),
       st.sampled_from([None, "anti-affinity"]), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_who_would_be_left_over_is_who_then_finds_no_place(state, kind, count, policy, gone):
    """Servers leave a host one after the other, as its operator would have them go."""
    cloud = state.cloud(running=False)
    asked = several(kind, count, of_group(cloud, policy, count))
    hosts = {one.instance_uuid: found for one in asked
             if isinstance(found := tried(cloud, [one]), list)}
    busy = sorted({host for [host] in hosts.values()}) or ["h0"]
    away = busy[gone % len(busy)]
    placed = [one for one in asked if hosts.get(one.instance_uuid) == [away]]
    for one in placed:
        cloud.runs(f"s{asked.index(one)}", away, f"c{1 + int(away[1:]) % 2}")
    cloud.stores.api.specs.of = lambda uuids: {
        one.instance_uuid: one for one in placed if one.instance_uuid in uuids}
    told = cloud.scheduler.would_be_left(CONTEXT, [away])
    assert {one["server"] for one in told["left_over"]} | {
        one["server"] for one in told["placed"]} == {one.instance_uuid for one in placed}
    found = {}
    for one in placed:
        twin = one.obj_clone()
        twin.ignore_hosts = sorted({*one.ignore_hosts, away})
        # Who was told to be there has to leave all the same.
        twin.force_hosts, twin.requested_host = [], None
        found[one.instance_uuid] = tried(cloud, [twin])
    expected = {one["server"]: [one["host"]] for one in told["placed"]}
    expected |= {one["server"]: one["reason"] for one in told["left_over"]}
    assert found == expected
