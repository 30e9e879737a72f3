"""The query of each request."""

from typing import Any

import pytest

from nova.scheduler.asking import devices
from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.asking.query import Bounds, build
from nova.scheduler.pci import UnknownAlias
from nova.virt.pci.wishes import group_of
from tests.unit.scheduler.making import request


def plain(**asked: Any):
    """The unsuffixed group of a request."""
    return query(**asked).groups[0]


def query(narrowings=(), bounds=None, dedicated=True, **asked: Any):
    return build(request(**asked), narrowings, bounds or Bounds(), dedicated=dedicated)


def specs(**pairs: str) -> dict[str, Any]:
    return {"extra_specs": {key.replace("__", ":"): value for key, value in pairs.items()}}


@pytest.mark.parametrize(("asked", "resources"), [
    ({}, {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
    ({"is_bfv": True}, {"VCPU": 2, "MEMORY_MB": 1024}),
    ({"is_bfv": True, "sizes": {"ephemeral_gb": 3, "swap": 1025}},
     {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 5}),
    ({"sizes": {"root_gb": 0}}, {"VCPU": 2, "MEMORY_MB": 1024}),
    (specs(hw__cpu_policy="dedicated"), {"PCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
    ({"properties": {"hw_cpu_policy": "dedicated"}},
     {"PCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
    (specs(hw__cpu_policy="dedicated", hw__emulator_threads_policy="isolate"),
     {"PCPU": 3, "MEMORY_MB": 1024, "DISK_GB": 10}),
    (specs(hw__cpu_policy="shared"), {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
    ({**specs(hw__cpu_policy="mixed", hw__cpu_dedicated_mask="^0"), "sizes": {"vcpus": 4}},
     {"VCPU": 1, "PCPU": 3, "MEMORY_MB": 1024, "DISK_GB": 10}),
    ({**specs(hw__cpu_policy="mixed", hw__cpu_realtime_mask="2-3"), "sizes": {"vcpus": 4}},
     {"VCPU": 2, "PCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
    (specs(resources__VCPU="7", resources__DISK_GB="0", resources__VGPU="1"),
     {"VCPU": 7, "MEMORY_MB": 1024, "VGPU": 1}),
    (specs(resources__PCPU="1"), {"PCPU": 1, "MEMORY_MB": 1024, "DISK_GB": 10}),
    (specs(hw__mem_encryption="true"),
     {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10, "MEM_ENCRYPTION_CONTEXT": 1}),
    (specs(hw__pmem="6GB,small,6GB"),
     {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10, "CUSTOM_PMEM_NAMESPACE_6GB": 2,
      "CUSTOM_PMEM_NAMESPACE_SMALL": 1}),
    (specs(resources__VCPU="many"), {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}),
])
def test_amounts(asked, resources):
    assert plain(**asked).resources == resources


@pytest.mark.parametrize(("asked", "required", "forbidden"), [
    (specs(trait__HW_CPU_X86_VMX="required", trait__CUSTOM_OLD="forbidden"),
     {"HW_CPU_X86_VMX"}, {"CUSTOM_OLD"}),
    ({"properties": {"trait:CUSTOM_A": "required", "traits_required": ["CUSTOM_B"]}},
     {"CUSTOM_A", "CUSTOM_B"}, set()),
    (specs(hw__cpu_thread_policy="require"), {"HW_CPU_HYPERTHREADING"}, set()),
    (specs(hw__cpu_thread_policy="isolate"), set(), {"HW_CPU_HYPERTHREADING"}),
    (specs(os__secure_boot="required"), {"COMPUTE_SECURITY_UEFI_SECURE_BOOT"}, set()),
    (specs(hw__tpm_version="1.2", hw__tpm_model="tpm-crb"),
     {"COMPUTE_SECURITY_TPM_1_2", "COMPUTE_SECURITY_TPM_CRB"}, set()),
    (specs(hw__tpm_version="2.0"),
     {"COMPUTE_SECURITY_TPM_2_0", "COMPUTE_SECURITY_TPM_TIS"}, set()),
    (specs(hw__mem_encryption="true"), {"HW_CPU_X86_AMD_SEV"}, set()),
    (specs(hw__mem_encryption="true", hw__mem_encryption_model="intel-tdx"),
     {"HW_CPU_X86_INTEL_TDX"}, set()),
    ({"properties": {"hw_firmware_stateless": True}},
     {"COMPUTE_SECURITY_STATELESS_FIRMWARE"}, set()),
    (specs(hw__maxphysaddr_mode="emulate"), {"COMPUTE_ADDRESS_SPACE_EMULATED"}, set()),
    (specs(hw__pci_numa_affinity_policy="socket"), {"COMPUTE_SOCKET_PCI_NUMA_AFFINITY"}, set()),
    ({}, set(), set()),
])
def test_traits(asked, required, forbidden):
    group = plain(**asked)
    assert (group.required, group.forbidden) == (required, forbidden)


def test_what_a_flavor_puts_into_groups_of_its_own_is_not_asked_twice():
    found = query(**specs(resources1__MEMORY_MB="512", resources2__MEMORY_MB="512",
                          resources1__VCPU="1", group_policy="isolate"))
    groups = {group.suffix: group.resources for group in found.groups}
    assert groups == {"": {"DISK_GB": 10}, "1": {"MEMORY_MB": 512, "VCPU": 1},
                      "2": {"MEMORY_MB": 512}}


def test_granular_groups():
    found = query(**specs(resources1__VGPU="1", trait1__CUSTOM_X="required",
                          resources_NET__CUSTOM_NIC="2", group_policy="isolate"))
    groups = {group.suffix: group for group in found.groups}
    assert set(groups) == {"", "1", "_NET"}
    assert groups["1"].resources == {"VGPU": 1}
    assert groups["1"].required == {"CUSTOM_X"}
    assert groups["_NET"].resources == {"CUSTOM_NIC": 2}
    assert found.group_policy == "isolate"


@pytest.mark.parametrize(("extra_specs", "ports", "policy"), [
    ({}, 1, None),
    ({}, 2, "none"),
    ({"resources1:VGPU": "1"}, 1, "none"),
    ({"resources1:VGPU": "1", "resources2:FPGA": "1"}, 0, None),
    ({"resources1:VGPU": "1", "resources2:FPGA": "1", "group_policy": "none"}, 0, "none"),
    ({"group_policy": "some"}, 2, "none"),
])
def test_a_policy_is_made_up_only_for_groups_that_no_flavor_wrote(extra_specs, ports, policy):
    entries = [{"requester_id": f"p{n}", "resources": {"CUSTOM_NIC": 1}} for n in range(ports)]
    found = query(extra_specs=extra_specs, requested_resources=entries)
    assert found.group_policy == policy


def test_ports_and_device_profiles():
    found = query(requested_resources=[
        {"requester_id": "port-a", "resources": {"NET_BW_EGR_KILOBIT_PER_SEC": 9},
         "required": ["CUSTOM_PHYSNET_1"], "same_subtree": ["port-a", "port-b"]},
        {"requester_id": "port-b", "resources": {}, "required": ["CUSTOM_X"],
         "same_subtree": ["port-b", "port-a"]},
        {"requester_id": "port-c", "vnic_type": "remote-managed"},
    ])
    groups = {group.suffix: group for group in found.groups}
    assert set(groups) == {"", "port-a", "port-b"}
    assert groups["port-a"].required == {"CUSTOM_PHYSNET_1"}
    assert found.same_subtree == (frozenset({"port-a", "port-b"}),)


def test_devices_by_alias():
    known = devices.aliases(['{"name": "gpu", "vendor_id": "10de", "product_id": "1db4"}',
                             '{"name": "nic", "resource_class": "CUSTOM_NIC", "traits": "A, B"}',
                             '{"name": "own", "resource_class": "fast-nic", '
                             '"traits": ["hw_fast", "HW_GPU_API_VULKAN"]}'])
    wanted = {"pci_passthrough:alias": "gpu:1, nic:1, own:1, gpu:1"}
    asked = request(extra_specs=wanted, aliases=known)
    groups = devices.pci_groups(asked, known)
    gpu, nic, own = (group_of(alias) for alias in ("gpu", "nic", "own"))
    assert set(groups) == {f"{gpu}-0", f"{gpu}-1", f"{nic}-0", f"{own}-0"}
    assert groups[f"{gpu}-1"].resources == {"CUSTOM_PCI_10DE_1DB4": 1}
    assert groups[f"{nic}-0"].required == {"CUSTOM_A", "CUSTOM_B"}
    assert groups[f"{own}-0"].resources == {"CUSTOM_FAST_NIC": 1}
    assert groups[f"{own}-0"].required == {"CUSTOM_HW_FAST", "HW_GPU_API_VULKAN"}
    found = query(bounds=Bounds(pci_groups=groups),
                  narrowings=[Narrowing(group_required=frozenset({"OWNER_NOVA"}))])
    assert all("OWNER_NOVA" in group.required for group in found.groups if group.suffix)


def test_an_unknown_alias():
    with pytest.raises(UnknownAlias):
        request(extra_specs={"pci_passthrough:alias": "gpu:1"})


def test_narrowings_and_bounds():
    narrowings = [
        Narrowing(root_required=frozenset({"A"}), member_of=(frozenset({"x"}),)),
        Narrowing(root_required=frozenset({"B"}), root_forbidden=frozenset({"C"}),
                  member_of=(frozenset({"y"}),), not_member_of=frozenset({"z"})),
    ]
    found = query(narrowings, Bounds(limit=7, in_tree="node"))
    assert (found.root_required, found.root_forbidden) == ({"A", "B"}, {"C"})
    assert found.groups[0].member_of == (frozenset({"x"}), frozenset({"y"}))
    assert found.groups[0].not_member_of == {"z"}
    assert (found.limit, found.groups[0].in_tree) == (7, "node")


def test_pinned_processors_of_hosts_that_do_not_tell_them_apart():
    asked = specs(hw__cpu_policy="dedicated", hw__cpu_thread_policy="isolate")
    group = query(dedicated=False, **asked).groups[0]
    assert group.resources == {"VCPU": 2, "MEMORY_MB": 1024, "DISK_GB": 10}
    assert not group.forbidden
