"""For each filter, prefilter and cause in placement: a request that fails for just that, and is
explained with just that.

Every case is a cloud in which the request finds a place, and one thing that is then changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from nova.scheduler.errors import NoValidHost
from nova.scheduler.filters import FILTERS
from nova.scheduler.prefilters import PREFILTERS
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import spec, uid

PORTS = [{"requester_id": "port", "vnic_type": "remote-managed"}]
PCI = {"pci__alias": ['{"name": "nic", "product_id": "154c"}']}
CELLS = {"cells": [{"id": 0, "cpuset": [0, 1, 2, 3], "memory": 8192}]}
Change = Callable[[Cloud], None]


@dataclass
class Case:
    """`cause` fails by `change` of a cloud with host h1 of `fields`, `traits` and `more`
    inventories, and with `options`, prepared by `before`.  `why` is a part of the reason."""

    cause: str
    change: Change
    why: str
    asked: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    more: dict[str, int] = field(default_factory=dict)
    before: Change = lambda cloud: None

    def __str__(self) -> str:
        return self.cause

    def cloud(self) -> Cloud:
        options = dict(self.options)
        if self.cause in FILTER_NAMES:
            options["enabled_filters"] = [self.cause]
        made = Cloud(**options)
        made.add("h1", traits=self.traits, more=self.more, **self.fields)
        self.before(made)
        return made


FILTER_NAMES = {kind.__name__ for kind in FILTERS}


def row(**fields: Any) -> Change:
    """The host says something else of itself."""
    def change(cloud: Cloud) -> None:
        for name, value in fields.items():
            setattr(cloud.stores.cell("c1").rows[uid("h1")], name, value)
    return change


def traits(*names: str) -> Change:
    return lambda cloud: cloud.placement.facts.set_traits(CONTEXT, uid("h1"), frozenset(names))


def aggregate(*hosts: str, **metadata: str) -> Change:
    """An aggregate more."""
    def change(cloud: Cloud) -> None:
        cloud.aggregate(f"aggregate{len(cloud.stores.aggregates)}", list(hosts), **metadata)
    return change


def metadata(**pairs: str) -> Change:
    """Other metadata of the aggregate that there is."""
    def change(cloud: Cloud) -> None:
        cloud.stores.aggregates[0].metadata = pairs
    return change


def runs(server: str, host: str) -> Change:
    return lambda cloud: cloud.runs(server, host)


def service(**fields: Any) -> Change:
    def change(cloud: Cloud) -> None:
        for name, value in fields.items():
            setattr(cloud.stores.cell("c1").services_of["h1"], name, value)
    return change


def grouped(policy: str) -> Change:
    return lambda cloud: (cloud.group(policy, ["server", "other"]), None)[1]


def elsewhere(cloud: Cloud) -> None:
    cloud.add("h2", vcpus=1, memory_mb=1, disk_gb=1)
    cloud.runs("other", "h2")


def nothing(cloud: Cloud) -> None:
    pass


def out_of(*names: str) -> Change:
    """Placement's aggregates of the host; those of the service stay."""
    def change(cloud: Cloud) -> None:
        cloud.placement.facts.set_aggregates(CONTEXT, uid("h1"), frozenset(map(uid, names)))
    return change


FILTER_CASES = [
    Case("ComputeFilter", service(forced_down=True), "forced down"),
    Case("ComputeCapabilitiesFilter", row(hypervisor_version=1), "capability hypervisor_version",
         {"extra_specs": {"capabilities:hypervisor_version": ">= 7000000"}}),
    Case("ImagePropertiesFilter", row(supported_instances=[["aarch64", "kvm", "hvm"]]),
         "architecture", {"properties": {"hw_architecture": "x86_64"}}),
    Case("ServerGroupAntiAffinityFilter", runs("other", "h1"), "enough members",
         {"group": uid("anti-affinity")}, before=grouped("anti-affinity")),
    Case("ServerGroupAffinityFilter", elsewhere, "elsewhere",
         {"group": uid("affinity")}, before=grouped("affinity")),
    Case("DifferentHostFilter", runs("other", "h1"), "to be apart from",
         {"hints": {"different_host": [uid("other")]}}),
    Case("SameHostFilter", runs("other", "h9"), "no server to be with",
         {"hints": {"same_host": [uid("other")]}}, before=runs("other", "h1")),
    Case("SimpleCIDRAffinityFilter", row(host_ip="10.9.0.1"), "10.0.0",
         {"hints": {"build_near_host_ip": ["10.0.0.9"]}}, fields={"host_ip": "10.0.0.1"}),
    Case("AggregateImagePropertiesIsolation", metadata(os_distro="ubuntu"), "os_distro",
         {"properties": {"os_distro": "debian"}}, before=aggregate("h1", os_distro="debian")),
    Case("AggregateInstanceExtraSpecsFilter", metadata(ssd="false"), "sets ssd",
         {"extra_specs": {"aggregate_instance_extra_specs:ssd": "true"}},
         before=aggregate("h1", ssd="true")),
    Case("AggregateMultiTenancyIsolation", metadata(filter_tenant_id="p9"), "project",
         before=aggregate("h1", filter_tenant_id="p1")),
    Case("AggregateTypeAffinityFilter", metadata(instance_type="large"), "flavor",
         before=aggregate("h1", instance_type="small")),
    Case("IoOpsFilter", row(current_workload=8), "busy"),
    Case("AggregateIoOpsFilter", metadata(max_io_ops_per_host="2"), "busy",
         fields={"current_workload": 2}, before=aggregate("h1", max_io_ops_per_host="3")),
    Case("NumInstancesFilter", row(running_vms=50), "too many servers"),
    Case("AggregateNumInstancesFilter", metadata(max_instances_per_host="2"), "too many servers",
         fields={"running_vms": 2}, before=aggregate("h1", max_instances_per_host="3")),
    Case("IsolatedHostsFilter", nothing, "isolated", {"image": {"id": "plain"}},
         options={"isolated_hosts": ["h1"], "isolated_images": ["i1"]}),
    Case("JsonFilter", row(free_ram_mb=512), "query",
         {"hints": {"query": '[">=", "$free_ram_mb", 1024]'}}),
    Case("MetricsFilter", row(metrics=[]), "cpu.percent",
         options={"metrics__weight_setting": ["cpu.percent=1.0"]},
         fields={"metrics": [{"name": "cpu.percent", "value": 1}]}),
    Case("NUMATopologyFilter", row(numa_topology={"cells": [{**CELLS["cells"][0], "memory": 512}]}),
         "NUMA cells do not fit", {"extra_specs": {"hw:numa_nodes": "1"}},
         fields={"numa_topology": CELLS}),
    Case("PciPassthroughFilter", row(pci_stats=[{"product_id": "154c", "count": 1}]),
         "PCI devices nic", {"extra_specs": {"pci_passthrough:alias": "nic:2"}}, PCI,
         {"pci_stats": [{"product_id": "154c", "count": 2}]}),
]
PREFILTER_CASES = [
    Case("require_tenant_aggregate", out_of(), "hosts kept for the project",
         options={"scheduler__limit_tenants_to_placement_aggregate": True},
         before=aggregate("h1", filter_tenant_id="p1")),
    Case("map_az_to_placement_aggregate", out_of(), "hosts in availability zone west",
         {"availability_zone": "west"}, before=aggregate("h1", availability_zone="west")),
    Case("require_image_type_support", traits(), "it lacks COMPUTE_IMAGE_TYPE_QCOW2",
         {"image": {"disk_format": "qcow2"}}, traits=frozenset({"COMPUTE_IMAGE_TYPE_QCOW2"}),
         options={"scheduler__query_placement_for_image_type_support": True}),
    Case("compute_status_filter", traits("COMPUTE_STATUS_DISABLED"),
         "it has COMPUTE_STATUS_DISABLED"),
    Case("isolate_aggregates", metadata(**{"trait:CUSTOM_LICENSED": "required"}),
         "hosts not kept for other traits", before=aggregate("h1"),
         options={"scheduler__enable_isolated_aggregate_filtering": True}),
    Case("transform_image_metadata", traits(), "it lacks COMPUTE_STORAGE_BUS_VIRTIO",
         {"properties": {"hw_disk_bus": "virtio"}}, {"scheduler__image_metadata_prefilter": True},
         traits=frozenset({"COMPUTE_STORAGE_BUS_VIRTIO"})),
    Case("accelerators_filter", traits(), "it lacks COMPUTE_ACCELERATORS",
         {"extra_specs": {"accel:device_profile": "fpga"}},
         traits=frozenset({"COMPUTE_ACCELERATORS"})),
    Case("packed_virtqueue_filter", traits(), "it lacks COMPUTE_NET_VIRTIO_PACKED",
         {"extra_specs": {"hw:virtio_packed_ring": "true"}},
         traits=frozenset({"COMPUTE_NET_VIRTIO_PACKED"})),
    Case("routed_networks_filter", out_of(), "hosts that the networks reach",
         options={"scheduler__query_placement_for_routed_network_aggregates": True},
         before=aggregate("h1")),
    Case("remote_managed_ports_filter", traits(), "it lacks COMPUTE_REMOTE_MANAGED_PORTS",
         {"requested_resources": PORTS}, traits=frozenset({"COMPUTE_REMOTE_MANAGED_PORTS"})),
    Case("ephemeral_encryption_filter", traits("COMPUTE_EPHEMERAL_ENCRYPTION"),
         "it lacks COMPUTE_EPHEMERAL_ENCRYPTION_LUKS",
         {"extra_specs": {"hw:ephemeral_encryption": "true",
                          "hw:ephemeral_encryption_format": "luks"}},
         traits=frozenset({"COMPUTE_EPHEMERAL_ENCRYPTION", "COMPUTE_EPHEMERAL_ENCRYPTION_LUKS"})),
    Case("virtio_sound_filter", traits(), "it lacks COMPUTE_SOUND_MODEL_VIRTIO",
         {"extra_specs": {"hw:sound_model": "virtio"}},
         traits=frozenset({"COMPUTE_SOUND_MODEL_VIRTIO"})),
    Case("tpm_secret_security_filter", traits("COMPUTE_SECURITY_TPM_2_0",
                                              "COMPUTE_SECURITY_TPM_TIS"),
         "it lacks COMPUTE_SECURITY_TPM_SECRET_SECURITY_USER",
         {"extra_specs": {"hw:tpm_version": "2.0"}},
         traits=frozenset({"COMPUTE_SECURITY_TPM_2_0", "COMPUTE_SECURITY_TPM_TIS",
                           "COMPUTE_SECURITY_TPM_SECRET_SECURITY_USER"})),
    Case("owner_nova_filter", service(version=73), "it lacks OWNER_NOVA"),
]


def stocked(**totals: int) -> Change:
    """Placement is told of fewer; the host itself says nothing new."""
    def change(cloud: Cloud) -> None:
        there = cloud.placement.facts.inventories(CONTEXT, uid("h1")).inventories
        less = {name: type(one)(totals.get(name, one.total)) for name, one in there.items()}
        kept = {name: one for name, one in less.items() if one.total}
        cloud.placement.facts.set_inventories(CONTEXT, uid("h1"), kept)
    return change


PLACEMENT_CASES = [
    Case("resource class VCPU", stocked(VCPU=1), "not enough VCPU"),
    Case("resource class PCPU", stocked(PCPU=1), "not enough PCPU",
         {"extra_specs": {"hw:cpu_policy": "dedicated"}},
         {"workarounds__disable_fallback_pcpu_query": True}, more={"PCPU": 2}),
    Case("resource class MEMORY_MB", stocked(MEMORY_MB=1023), "not enough MEMORY_MB"),
    Case("resource class DISK_GB", stocked(DISK_GB=9), "not enough DISK_GB"),
    Case("resource class CUSTOM_GOLD", stocked(CUSTOM_GOLD=0), "not enough CUSTOM_GOLD",
         {"extra_specs": {"resources:CUSTOM_GOLD": "1"}}, more={"CUSTOM_GOLD": 1}),
    Case("resource class CUSTOM_GOLD", stocked(CUSTOM_GOLD=0), "not enough CUSTOM_GOLD",
         {"extra_specs": {"resources_A:CUSTOM_GOLD": "1"}}, more={"CUSTOM_GOLD": 1}),
    Case("trait HW_CPU_X86_VMX", traits(), "it lacks HW_CPU_X86_VMX",
         {"extra_specs": {"trait:HW_CPU_X86_VMX": "required"}},
         traits=frozenset({"HW_CPU_X86_VMX"})),
    Case("trait CUSTOM_A", traits(), "it lacks CUSTOM_A",
         {"properties": {"trait:CUSTOM_A": "required"}}, traits=frozenset({"CUSTOM_A"})),
    Case("without trait CUSTOM_OLD", traits("CUSTOM_OLD"), "it has CUSTOM_OLD",
         {"extra_specs": {"trait:CUSTOM_OLD": "forbidden"}}),
    Case("the node that was named", stocked(MEMORY_MB=1023), "not enough MEMORY_MB",
         {"requested_host": "h1"}, before=lambda cloud: (cloud.add("h2"), None)[1]),
]
EMPTIED = {
    "require_tenant_aggregate": "hosts kept for the project",
    "map_az_to_placement_aggregate": "hosts in availability zone west",
    "require_image_type_support": "trait COMPUTE_IMAGE_TYPE_QCOW2",
    "compute_status_filter": "without trait COMPUTE_STATUS_DISABLED",
    "isolate_aggregates": "hosts not kept for other traits",
    "transform_image_metadata": "trait COMPUTE_STORAGE_BUS_VIRTIO",
    "accelerators_filter": "trait COMPUTE_ACCELERATORS",
    "packed_virtqueue_filter": "trait COMPUTE_NET_VIRTIO_PACKED",
    "routed_networks_filter": "hosts that the networks reach",
    "remote_managed_ports_filter": "trait COMPUTE_REMOTE_MANAGED_PORTS",
    "ephemeral_encryption_filter": "trait COMPUTE_EPHEMERAL_ENCRYPTION_LUKS",
    "virtio_sound_filter": "trait COMPUTE_SOUND_MODEL_VIRTIO",
    "tpm_secret_security_filter": "trait COMPUTE_SECURITY_TPM_SECRET_SECURITY_USER",
    "owner_nova_filter": "trait OWNER_NOVA",
}


def prepared(case: Case) -> Cloud:
    cloud = case.cloud()
    if case.cause == "routed_networks_filter":
        cloud.segments = lambda context, request: [frozenset({uid("aggregate0")})]
    cloud.scheduler = cloud.another_scheduler()
    return cloud


def failed(case: Case) -> Iterator[Cloud]:
    """The cloud after the request found its place, the one thing changed, and it did not."""
    cloud = prepared(case)
    if case.change is not nothing:
        assert cloud.place(**case.asked) == "h1"
        cloud.placement.allocations.delete(CONTEXT, uid("server"))
    cloud = prepared(case)
    case.change(cloud)
    with pytest.raises(NoValidHost) as caught:
        cloud.select(spec(**case.asked))
    assert caught.value.message.startswith("No valid host was found.")
    assert cloud.held() == {}
    yield cloud


def verdict(cloud: Cloud) -> dict[str, Any]:
    [found] = [one for one in cloud.told().findings.verdicts() if one["host"] == "h1"]
    return found


@pytest.mark.parametrize("case", FILTER_CASES, ids=str)
def test_a_filter_is_named_alone(case: Case) -> None:
    [cloud] = failed(case)
    told = cloud.told()
    assert not told.findings.causes
    assert {one["check"] for one in told.findings.verdicts() if one["host"] == "h1"} == {case.cause}
    assert case.why in str(verdict(cloud))


@pytest.mark.parametrize("case", PREFILTER_CASES, ids=str)
def test_a_prefilter_is_named_alone(case: Case) -> None:
    [cloud] = failed(case)
    emptied = [one["cause"] for one in cloud.told().findings.causes if one["emptied"]]
    assert emptied == [EMPTIED[case.cause]]
    assert (verdict(cloud)["check"], case.why in verdict(cloud)["reason"]) == ("placement", True)


@pytest.mark.parametrize("case", PLACEMENT_CASES, ids=str)
def test_a_cause_in_placement_is_named_alone(case: Case) -> None:
    [cloud] = failed(case)
    emptied = [one["cause"] for one in cloud.told().findings.causes if one["emptied"]]
    assert emptied == [case.cause]
    assert (verdict(cloud)["check"], case.why in verdict(cloud)["reason"]) == ("placement", True)


def test_every_filter_and_prefilter_has_a_case() -> None:
    assert {case.cause for case in FILTER_CASES} == FILTER_NAMES - {"AllHostsFilter"}
    assert {case.cause for case in PREFILTER_CASES} == {one.__name__ for one in PREFILTERS}
