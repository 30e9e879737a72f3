"""Each filter refuses for its one cause, and for nothing else."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from nova.scheduler.asking.devices import aliases
from nova.scheduler.field import Field
from nova.scheduler.filters import FILTERS
from nova.scheduler.hosts import ServiceView
from nova.scheduler.numa import HostCell
from nova.scheduler.request import GroupView, Request
from tests.unit.scheduler.making import (
    NOW,
    conf_with,
    host,
    in_aggregates,
    request,
    uid,
)

BY_NAME = {kind.__name__: kind for kind in FILTERS}


@dataclass
class Case:
    """`good` and `bad` are fields of hosts that pass and fail."""

    filter: str
    about: str
    asked: dict[str, Any] = field(default_factory=dict)
    good: tuple[dict[str, Any], ...] = ()
    bad: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def request(self) -> Request:
        return request(**self.asked, aliases=aliases(self.aliases))

    def __str__(self) -> str:
        return f"{self.filter}: {self.about}"


def pool(count, **properties):
    return {"vendor_id": "8086", "product_id": "154c", "count": count, **properties}


GPU = ('{"name": "nic", "vendor_id": "8086", "product_id": "0x154C", "numa_policy": "legacy"}',)
VF = ('{"name": "nic", "vendor_id": "8086", "product_id": "154c", "device_type": "type-VF"}',
      '{"name": "nic", "vendor_id": "15b3", "product_id": "1018"}')


OF_PORT = {"dev_type": "type-VF", "physical_network": "fast"}
OF_PORTS = {"dev_type": "type-VF", "tags": {"physical_network": "fast", "rp_uuid": "p"}}
PORTS = {"devices": [{"port": name, "spec": OF_PORT, "numa_policy": "legacy"} for name in "ab"]}
NEAR_PORTS = {"devices": [{"port": "a", "spec": OF_PORT, "numa_policy": "required"}]}
CORES = (frozenset({4, 5}), frozenset({6, 7}))


def cell(number, **fields):
    """Four processors of each kind, 4 GiB."""
    return HostCell(**{"id": number, "shared": frozenset(range(4)), "memory_mb": 4096,
                       "dedicated": frozenset(range(4, 8)), **fields})


def pinned(policy: str, rules: dict[str, Any] | None = None, **members: str) -> GroupView:
    return GroupView("g1", policy, rules or {}, {uid(k): v for k, v in members.items()})


LATE = NOW - timedelta(seconds=61)
CASES = [
    Case("AllHostsFilter", "takes any", good=({"service": ServiceView(disabled=True)},)),
    Case(
        "ComputeFilter", "service enabled, up and reporting",
        good=({"service": ServiceView(seen=NOW - timedelta(seconds=59))},),
        bad=(
            {"service": ServiceView(seen=NOW, disabled=True)},
            {"service": ServiceView(seen=NOW, forced_down=True)},
            {"service": ServiceView(seen=LATE)},
            {"service": ServiceView(seen=None)},
        ),
    ),
    Case(
        "ComputeFilter", "patience is an option", options={"DEFAULT__service_down_time": 120},
        good=({"service": ServiceView(seen=LATE)},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "scoped attribute",
        asked={"extra_specs": {"capabilities:hypervisor_version": ">= 7000000"}},
        good=({},), bad=({"hypervisor_version": 6000000},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "scoped and unknown refuses",
        asked={"extra_specs": {"capabilities:nonsense": "1"}}, bad=({},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "a method is no capability",
        asked={"extra_specs": {"capabilities:after": "<in> a"}}, bad=({},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "unscoped and unknown is ignored",
        asked={"extra_specs": {"nonsense": "1", "hide_hypervisor_id": "true"}}, good=({},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "attributes that are ours alone are no capabilities",
        asked={"extra_specs": {"zone": "1", "images": "many", "packed": "true"}}, good=({},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "names of the contract for attributes of other names",
        asked={"extra_specs": {"capabilities:running_vms": "<= 3"}},
        good=({"num_instances": 3},), bad=({"num_instances": 4},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "what a host counts, with and without its scope",
        asked={"extra_specs": {"capabilities:num_proj_p1": "<= 3", "num_vm_active": "== 1",
                               "capabilities:stats:io_workload": "<= 2"}},
        good=({"stats": {"num_proj_p1": "3", "num_vm_active": "1", "io_workload": "2"}},),
        bad=({"stats": {"num_proj_p1": "4", "num_vm_active": "1", "io_workload": "2"}},
             {"stats": {"num_proj_p1": "3", "num_vm_active": "2", "io_workload": "2"}}, {}),
    ),
    Case(
        "ComputeCapabilitiesFilter", "unscoped and known counts",
        asked={"extra_specs": {"num_instances": "<= 3"}},
        good=({"num_instances": 3},), bad=({"num_instances": 4},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "other scopes are for others",
        asked={"extra_specs": {"hw:cpu_policy": "shared", "quota:cpu_quota": "1"}}, good=({},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "a path into JSON, as text or tree",
        asked={"extra_specs": {"capabilities:cpu_info:topology:cores": "4"}},
        good=({"cpu_info": {"topology": {"cores": 4}}},
              {"cpu_info": '{"topology": {"cores": 4}}'}),
        bad=({"cpu_info": {"topology": {"cores": 8}}}, {"cpu_info": "no json"}, {}),
    ),
    Case(
        "ComputeCapabilitiesFilter", "features of the processor",
        asked={"extra_specs": {"capabilities:cpu_info:features": "<all-in> aes avx"}},
        good=({"cpu_info": {"features": ["aes", "avx", "sse"]}},),
        bad=({"cpu_info": {"features": ["aes"]}},),
    ),
    Case(
        "ComputeCapabilitiesFilter", "address bits of the flavor",
        asked={"extra_specs": {"hw:maxphysaddr_bits": "42"}},
        good=({"cpu_info": {"maxphysaddr": {"bits": 42}}},),
        bad=({"cpu_info": {"maxphysaddr": {"bits": 39}}}, {}),
    ),
    Case(
        "ImagePropertiesFilter", "architecture",
        asked={"properties": {"hw_architecture": "aarch64"}},
        good=({"supported_instances": (("aarch64", "kvm", "hvm"),)},),
        bad=({}, {"supported_instances": ()}),
    ),
    Case(
        "ImagePropertiesFilter", "names that mean the same, and old names",
        asked={"properties": {"architecture": "amd64", "hypervisor_type": "KVM"}}, good=({},),
    ),
    Case(
        "ImagePropertiesFilter", "all of one tuple, not a mix of two",
        asked={"properties": {"hw_architecture": "x86_64", "img_hv_type": "xen"}},
        good=({"supported_instances": (("x86_64", "xen", "xen"),)},),
        bad=({"supported_instances": (("x86_64", "kvm", "hvm"), ("i686", "xen", "xen"))},),
    ),
    Case("ImagePropertiesFilter", "VM mode", asked={"properties": {"hw_vm_mode": "xen"}},
         bad=({},)),
    Case(
        "ImagePropertiesFilter", "default architecture",
        options={"image_properties_default_architecture": "ppc64"}, bad=({},),
    ),
    Case(
        "ImagePropertiesFilter", "hypervisor version",
        asked={"properties": {"img_hv_requested_version": ">=6.0, <7.2"}},
        good=({"hypervisor_version": 7001000},),
        bad=({"hypervisor_version": 7002000}, {"hypervisor_version": 5009000}),
    ),
    Case(
        "ImagePropertiesFilter", "an unreadable predicate",
        asked={"properties": {"img_hv_requested_version": "new"}}, bad=({},),
    ),
    Case(
        "ImagePropertiesFilter", "address bits of the image",
        asked={"properties": {"hw_maxphysaddr_bits": 42}},
        good=({"cpu_info": {"maxphysaddr": {"bits": 46}}},), bad=({},),
    ),
    Case(
        "ServerGroupAntiAffinityFilter", "one member a host",
        asked={"group": pinned("anti-affinity", other="h2")},
        good=({"host": "h1"},), bad=({"host": "h2"},),
    ),
    Case(
        "ServerGroupAntiAffinityFilter", "a rule may allow more",
        asked={"group": pinned("anti-affinity", {"max_server_per_host": 2},
                               a="h1", b="h2", c="h2")},
        good=({"host": "h1"},), bad=({"host": "h2"},),
    ),
    Case(
        "ServerGroupAntiAffinityFilter", "its own host is no obstacle",
        asked={"group": pinned("anti-affinity", server="h1")}, good=({"host": "h1"},),
    ),
    Case("ServerGroupAntiAffinityFilter", "other policies",
         asked={"group": pinned("soft-anti-affinity", other="h1")}, good=({},)),
    Case(
        "ServerGroupAffinityFilter", "with the others",
        asked={"group": pinned("affinity", other="h2")},
        good=({"host": "h2"},), bad=({"host": "h1"},),
    ),
    Case("ServerGroupAffinityFilter", "the first one", asked={"group": pinned("affinity")},
         good=({},)),
    Case("ServerGroupAffinityFilter", "alone, it may move",
         asked={"group": pinned("affinity", server="h2")}, good=({"host": "h1"},)),
    Case(
        "DifferentHostFilter", "apart from a server",
        asked={"hints": {"different_host": [uid("a")]}, "neighbours": {uid("a"): "h2"}},
        good=({"host": "h1"},), bad=({"host": "h2"},),
    ),
    Case("DifferentHostFilter", "apart from nobody known",
         asked={"hints": {"different_host": [uid("gone")]}}, good=({},)),
    Case(
        "SameHostFilter", "with one of the servers",
        asked={"hints": {"same_host": [uid("a"), uid("b")]},
               "neighbours": {uid("a"): "h2", uid("b"): "h3"}},
        good=({"host": "h2"}, {"host": "h3"}), bad=({"host": "h1"},),
    ),
    Case("SameHostFilter", "with a server that is nowhere",
         asked={"hints": {"same_host": uid("gone")}}, bad=({},)),
    Case(
        "SimpleCIDRAffinityFilter", "a /24 unless said otherwise",
        asked={"hints": {"build_near_host_ip": ["10.0.0.7"]}},
        good=({"host_ip": "10.0.0.200"},), bad=({"host_ip": "10.0.1.1"}, {"host_ip": None}),
    ),
    Case(
        "SimpleCIDRAffinityFilter", "another mask",
        asked={"hints": {"build_near_host_ip": ["10.0.0.7"], "cidr": ["/16"]}},
        good=({"host_ip": "10.0.1.1"},), bad=({"host_ip": "10.1.0.1"},),
    ),
    Case("SimpleCIDRAffinityFilter", "no address",
         asked={"hints": {"build_near_host_ip": ["near"]}}, bad=({},)),
    Case(
        "AggregateImagePropertiesIsolation", "values an aggregate takes",
        asked={"properties": {"os_distro": "debian"}},
        good=({}, {"metadata": in_aggregates({"os_distro": "ubuntu, debian"})},
              {"metadata": in_aggregates({"os_type": "windows"})}),
        bad=({"metadata": in_aggregates({"os_distro": "ubuntu"})},),
    ),
    Case(
        "AggregateImagePropertiesIsolation", "only known properties",
        asked={"properties": {"mine": "1"}},
        good=({"metadata": in_aggregates({"mine": "2"})},),
    ),
    Case(
        "AggregateImagePropertiesIsolation", "what is on, in any of its words",
        asked={"properties": {"hw_boot_menu": "yes"}},
        good=({"metadata": in_aggregates({"hw_boot_menu": "True"})},),
        bad=({"metadata": in_aggregates({"hw_boot_menu": "False"})},),
    ),
    Case(
        "AggregateImagePropertiesIsolation", "what is off is not compared",
        asked={"properties": {"hw_boot_menu": "no"}},
        good=({"metadata": in_aggregates({"hw_boot_menu": "True"})},),
    ),
    Case(
        "AggregateImagePropertiesIsolation", "only of the namespace",
        asked={"properties": {"os_distro": "debian"}},
        options={"aggregate_image_properties_isolation_namespace": "hw",
                 "aggregate_image_properties_isolation_separator": "_"},
        good=({"metadata": in_aggregates({"os_distro": "ubuntu"})},),
    ),
    Case(
        "AggregateInstanceExtraSpecsFilter", "scoped and unscoped keys",
        asked={"extra_specs": {"aggregate_instance_extra_specs:ssd": "true",
                               "rack": "<or> 1 <or> 2", "hw:cpu_policy": "shared"}},
        good=({"metadata": in_aggregates({"ssd": "true"}, {"rack": "2, 7"})},),
        bad=({}, {"metadata": in_aggregates({"ssd": "true"})},
             {"metadata": in_aggregates({"ssd": "false"}, {"rack": "1"})}),
    ),
    Case(
        "AggregateMultiTenancyIsolation", "kept for projects",
        good=({}, {"metadata": in_aggregates({"filter_tenant_id": "p0, p1"})},
              {"metadata": in_aggregates({"filter_tenant_id": "p0"}, {"filter_tenant_id2": "p1"})},
              {"metadata": in_aggregates({"other": "p0"})}),
        bad=({"metadata": in_aggregates({"filter_tenant_id": "p0"})},
             {"metadata": in_aggregates({"filter_tenant_id_7": "p0"})}),
    ),
    Case(
        "AggregateTypeAffinityFilter", "kept for flavors",
        good=({}, {"metadata": in_aggregates({"instance_type": "large,small"})}),
        bad=({"metadata": in_aggregates({"instance_type": "large"})},),
    ),
    Case("IoOpsFilter", "below the option", good=({"num_io_ops": 7},), bad=({"num_io_ops": 8},)),
    Case(
        "AggregateIoOpsFilter", "the lowest of the aggregates",
        good=({"num_io_ops": 7}, {"num_io_ops": 1, "metadata": in_aggregates(
            {"max_io_ops_per_host": "2"}, {"max_io_ops_per_host": "5"})}),
        bad=({"num_io_ops": 2, "metadata": in_aggregates(
            {"max_io_ops_per_host": "2"}, {"max_io_ops_per_host": "5"})},
            {"num_io_ops": 8, "metadata": in_aggregates({"max_io_ops_per_host": "many"})}),
    ),
    Case("NumInstancesFilter", "below the option", options={"max_instances_per_host": 3},
         good=({"num_instances": 2},), bad=({"num_instances": 3},)),
    Case(
        "AggregateNumInstancesFilter", "an aggregate may allow more",
        options={"max_instances_per_host": 3},
        good=({"num_instances": 9, "metadata": in_aggregates({"max_instances_per_host": "10"})},),
        bad=({"num_instances": 3}, ),
    ),
    Case(
        "IsolatedHostsFilter", "an isolated image",
        options={"isolated_images": ["i1"], "isolated_hosts": ["h1"]},
        good=({"host": "h1"},), bad=({"host": "h2"},),
    ),
    Case(
        "IsolatedHostsFilter", "another image",
        options={"isolated_images": ["i2"], "isolated_hosts": ["h1"]},
        good=({"host": "h2"},), bad=({"host": "h1"},),
    ),
    Case(
        "IsolatedHostsFilter", "another image, hosts not kept",
        options={"isolated_images": ["i2"], "isolated_hosts": ["h1"],
                 "restrict_isolated_hosts_to_isolated_images": False},
        good=({"host": "h1"}, {"host": "h2"}),
    ),
    Case("IsolatedHostsFilter", "no isolated images", options={"isolated_hosts": ["h1"]},
         good=({"host": "h2"},), bad=({"host": "h1"},)),
    Case(
        "JsonFilter", "an expression",
        asked={"hints": {
            "query": ['["and", [">=", "$free_ram_mb", 1024], ["in", "$host", "h1"]]']}},
        good=({},), bad=({"free_ram_mb": 512}, {"host": "h2"}),
    ),
    Case("JsonFilter", "not, or and a path",
         asked={"hints": {"query": '["or", ["not", ["<", "$vcpus_total", 8]], '
                                   '["=", "$stats.colour", "red"]]'}},
         good=({"vcpus_total": 4, "stats": {"colour": "red"}}, {}),
         bad=({"vcpus_total": 4, "stats": {"colour": "blue"}},)),
    Case("JsonFilter", "an unknown operator or value",
         asked={"hints": {"query": '["like", "$host", 1]'}}, bad=({},)),
    Case("JsonFilter", "values that do not compare",
         asked={"hints": {"query": '["<", "$nonsense", 1]'}}, bad=({},)),
    Case("JsonFilter", "nothing", asked={"hints": {"query": "[]"}}, good=({},)),
    Case("JsonFilter", "no JSON", asked={"hints": {"query": "h1"}}, bad=({},)),
    Case("JsonFilter", "too deep to be read", asked={"hints": {"query": "[" * 100_000}},
         bad=({},)),
    Case("JsonFilter", "too deep to be answered",
         asked={"hints": {"query": '["not",' * 900 + "1" + "]" * 900}}, bad=({},)),
    Case(
        "NUMATopologyFilter", "a cell near each network that is near to any",
        asked={"extra_specs": {"hw:numa_nodes": "1"},
               "network_metadata": {"physnets": ["fast", "unsaid"], "tunneled": True}},
        good=({"numa_cells": (cell(0, physnets=frozenset({"fast"}), tunneled=True), cell(1))},
              {"numa_cells": (cell(0), cell(1))}),
        bad=({"numa_cells": (cell(0, physnets=frozenset({"fast"})), cell(1, tunneled=True))},
             {"numa_cells": (cell(0, physnets=frozenset({"fast"}), memory_mb=64), cell(1))}),
    ),
    Case(
        "NUMATopologyFilter", "two cells of two processors",
        asked={"extra_specs": {"hw:numa_nodes": "2"}, "sizes": {"vcpus": 4}},
        good=({"numa_cells": (cell(0), cell(1))}, {"numa_cells": (cell(0), cell(1), cell(2))}),
        bad=({}, {"numa_cells": (cell(0),)}, {"numa_cells": (cell(0), cell(1, memory_mb=500))}),
    ),
    Case(
        "NUMATopologyFilter", "threads of a core",
        asked={"extra_specs": {"hw:cpu_policy": "dedicated", "hw:cpu_thread_policy": "require"}},
        good=({"numa_cells": (cell(0, cores=CORES),)},),
        bad=({"numa_cells": (cell(0),)},
             {"numa_cells": (cell(0, cores=CORES, pinned=frozenset({4, 6})),)}),
    ),
    Case(
        "PciPassthroughFilter", "enough devices, in one pool or several", aliases=GPU,
        asked={"extra_specs": {"pci_passthrough:alias": "nic:2"}},
        good=({"pci_pools": (pool(2),)}, {"pci_pools": (pool(1), pool(1, numa_node=1))}),
        bad=({}, {"pci_pools": (pool(1),)}, {"pci_pools": (pool(9, product_id="1521"),)}),
    ),
    Case(
        "PciPassthroughFilter", "whole cards only when asked for", aliases=GPU,
        asked={"extra_specs": {"pci_passthrough:alias": "nic:1"}},
        good=({"pci_pools": (pool(1, tags={"dev_type": "type-VF"}),)},),
        bad=({"pci_pools": (pool(1, tags={"dev_type": "type-PF"}),)},
             {"pci_pools": (pool(1, tags={"remote_managed": "true"}),)}),
    ),
    Case(
        "PciPassthroughFilter", "alternatives of one alias, and two wishes of one pool",
        aliases=VF, asked={"extra_specs": {"pci_passthrough:alias": "nic:1,nic:1"}},
        good=({"pci_pools": (pool(1, dev_type="type-VF"),
                             {"vendor_id": "15b3", "product_id": "1018", "count": 1})},),
        bad=({"pci_pools": (pool(1, dev_type="type-VF"),)},
             {"pci_pools": (pool(2, dev_type="type-PCI"),)}),
    ),
    *(Case(
        "PciPassthroughFilter", f"ports that are devices, {by} counting the others", aliases=VF,
        asked={"network_metadata": PORTS}, options={"pci_in_placement": by == "placement"},
        good=({"pci_pools": (pool(2, **OF_PORTS),)},
              {"pci_pools": (pool(1, **OF_PORTS), pool(1, numa_node=1, **OF_PORTS))}),
        bad=({"pci_pools": (pool(1, **OF_PORTS),)},
             {"pci_pools": (pool(9, dev_type="type-VF", tags={"physical_network": "slow"}),)},
             {"pci_pools": (pool(9, dev_type="type-PCI", tags={"physical_network": "fast"}),)}),
    ) for by in ("placement", "the pools")),
    *(Case(
        "NUMATopologyFilter", f"ports near the memory, {by} counting the others", aliases=VF,
        asked={"extra_specs": {"hw:numa_nodes": "1"}, "network_metadata": NEAR_PORTS},
        options={"pci_in_placement": by == "placement"},
        good=({"numa_cells": (cell(0, memory_mb=64), cell(1)),
               "pci_pools": (pool(1, numa_node=1, **OF_PORTS),)},),
        bad=({"numa_cells": (cell(0, memory_mb=64), cell(1)),
              "pci_pools": (pool(1, numa_node=0, **OF_PORTS),)},),
    ) for by in ("placement", "the pools")),
    Case(
        "MetricsFilter", "metrics that are weighed",
        options={"metrics__weight_setting": ["cpu.percent=1.0", "numa.membw.max=-1"]},
        good=({"metrics": {"cpu.percent": 1.0, "numa.membw.max": 2.0}},),
        bad=({"metrics": {"cpu.percent": 1.0}}, {}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_refuses_for_its_cause_only(case):
    check = BY_NAME[case.filter](conf_with(**case.options)).check(case.request())
    passes = [None if check is None else check(host(**fields)) for fields in case.good]
    refusals = [None if check is None else check(host(**fields)) for fields in case.bad]
    assert passes == [None] * len(case.good)
    assert all(refusal is not None and refusal.reason for refusal in refusals)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_fast_way_agrees(case):
    made, asked = BY_NAME[case.filter](conf_with(**case.options)), case.request()
    check = made.check(asked)
    sieve = None if check is None else made.passing(asked, check)
    if sieve is None:
        return
    hosts = [host(**fields) for fields in (*case.good, *case.bad)]
    assert sieve(Field(hosts)).tolist() == [check(one) is None for one in hosts]


def test_every_filter_has_a_case():
    assert {case.filter for case in CASES} >= set(BY_NAME)


def test_every_filter_that_can_refuse_has_a_refusal():
    refusing = {case.filter for case in CASES if case.bad}
    assert refusing >= set(BY_NAME) - {"AllHostsFilter"}


@pytest.mark.parametrize("name", sorted(set(BY_NAME) & {
    "AllHostsFilter", "ComputeCapabilitiesFilter", "ImagePropertiesFilter",
    "ServerGroupAntiAffinityFilter", "ServerGroupAffinityFilter", "DifferentHostFilter",
    "SameHostFilter", "SimpleCIDRAffinityFilter", "JsonFilter", "MetricsFilter",
    "IsolatedHostsFilter", "PciPassthroughFilter",
}))
def test_a_plain_request_is_no_concern(name):
    assert BY_NAME[name](conf_with()).check(request()) is None


def test_facts_about_filters():
    """What operators' documentation says of rebuild and of several servers."""
    rebuild = {name for name, kind in BY_NAME.items() if kind.on_rebuild}
    each = {name for name, kind in BY_NAME.items() if kind.every_server}
    assert rebuild == {"ImagePropertiesFilter", "AggregateImagePropertiesIsolation",
                       "IsolatedHostsFilter"}
    assert each == {"ServerGroupAntiAffinityFilter", "ServerGroupAffinityFilter", "IoOpsFilter",
                    "AggregateIoOpsFilter", "NumInstancesFilter", "AggregateNumInstancesFilter",
                    "JsonFilter", "MetricsFilter", "PciPassthroughFilter", "NUMATopologyFilter"}
