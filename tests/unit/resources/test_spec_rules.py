"""Extra specs this cloud knows."""

import pytest

from nova.resources.flavors.spec_rules import SpecUnknown, SpecValueInvalid, check_spec

FINE = [
    ("anything", "x"),
    ("mine:own", "x"),
    ("hw:cpu_policy", "mixed"),
    ("hw:numa_nodes", "2"),
    ("hw:numa_cpus.0", "0-3,^2"),
    ("hw:numa_mem.12", "512"),
    ("hw:mem_page_size", "1GB"),
    ("hw:mem_page_size", "large"),
    ("hw:boot_menu", "yes"),
    ("hw:pmem", "4GB,SMALL"),
    ("resources:VCPU", "4"),
    ("resources1:MEMORY_MB", "0"),
    ("resources_numa-a:CUSTOM_X_1", "3"),
    ("trait:CUSTOM_X", "required"),
    ("trait1:HW_CPU_X86_AVX2", "forbidden"),
    ("aggregate_instance_extra_specs:ssd", "true"),
    ("capabilities:vcpus", ">= 4"),
    ("capabilities:cpu_info:topology:cores", "2"),
    ("quota:cpu_quota", "-1"),
    ("pci_passthrough:alias", "gpu:2, nic:1"),
    ("group_policy", "none"),
    ("hide_hypervisor_id", "true"),
    ("accel:device_profile", "x"),
    ("hw:redirected_usb_ports", "15"),
    ("os:secure_boot", "required"),
]
UNKNOWN = [
    "hw:cpu_polizy",
    "hw:",
    "quota:cpu",
    "resources:GPU",
    "resources1:custom_x",
    "trait:HW_NOTHING",
    "trait:CUSTOM_",
    "hw:numa_cpus.x",
    "os:boot",
    "capabilities:speed",
    "accel:x",
    "hw:maxphysaddr_bits",
]
WRONG = [
    ("hw:cpu_policy", "Mixed"),
    ("hw:numa_nodes", "0"),
    ("hw:numa_nodes", "two"),
    ("hw:boot_menu", "perhaps"),
    ("hw:mem_page_size", "big"),
    ("hw:redirected_usb_ports", "16"),
    ("resources:VCPU", "many"),
    ("trait:CUSTOM_X", "maybe"),
    ("pci_passthrough:alias", "gpu"),
    ("hw:pmem", "a" * 60 + "!"),
    ("hw:numa_nodes", "9" * 5000),
]


@pytest.mark.parametrize(("key", "value"), FINE)
def test_fine(key: str, value: str) -> None:
    check_spec(key, value)


@pytest.mark.parametrize("key", UNKNOWN)
def test_unknown(key: str) -> None:
    with pytest.raises(SpecUnknown):
        check_spec(key, "1")


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_wrong(key: str, value: str) -> None:
    with pytest.raises(SpecValueInvalid):
        check_spec(key, value)
