"""What flavor and image may not ask for together is refused before anything is recorded."""

from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from tests.api.world import World
from tests.cloud import IMAGE

ONLY = {"vcpus": 4, "ram": 512, "disk": 1}


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.add_host("host1")
    return made


def asked(
    world: World, number: int, specs: dict[str, str], properties: dict[str, Any]
) -> tuple[int, str]:
    """Status and message of a create; a flavor and an image are made for it."""
    flavor = {"flavor": {"id": f"f{number}", "name": f"f{number}", **ONLY}}
    assert world.ask("POST", "/flavors", who="admin", json=flavor).status_int == 200
    if specs:
        path, body = f"/flavors/f{number}/os-extra_specs", {"extra_specs": specs}
        # An old version takes words that it does not know.
        assert world.ask("POST", path, who="admin", json=body).status_int == 200
    image = f"{IMAGE[:-3]}{number:03d}"
    world.images.add(ImageMeta(
        id=image, name="odd", disk_format="raw", container_format="bare", visibility="public",
        properties=properties), b"odd")
    server = {"name": "odd", "flavorRef": f"f{number}", "imageRef": image, "networks": "none"}
    reply = world.ask("POST", "/servers", json={"server": server}, version="2.104")
    if reply.status_int == 202:
        return 202, ""
    (fault,) = reply.json.values()
    return reply.status_int, fault["message"]


REFUSED: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({}, {"hw_vif_model": "e9000"}, "Invalid image metadata. Error: Field value e9000 is invalid"),
    ({}, {"hw_disk_bus": "carrier"}, "Invalid image metadata. Error: Field value carrier is"),
    ({}, {"hw_video_ram": "lots"}, "Invalid image metadata. Error: Field value lots is invalid"),
    ({}, {"architecture": "pdp11"}, "Invalid image metadata. Error: Field value pdp11 is invalid"),
    ({}, {"img_signature_certificate_uuid": "x"}, "Invalid image metadata. Error: Field value x"),
    ({"hw:tpm_version": "2.0"}, {"hw_tpm_version": "1.2"},
     "Conflicting values for hw:tpm_version found in the flavor (2.0) and the image (1.2)."),
    ({"hw:pmu": "true"}, {"hw_pmu": "no"}, "Conflicting values for hw:pmu found in the flavor"),
    ({"hw:hide_hypervisor_id": "true"}, {"img_hide_hypervisor_id": "false"},
     "Conflicting values for hw:hide_hypervisor_id"),
    ({"hw:tpm_model": "tpm-crb"}, {}, "A TPM model was requested, but no TPM version"),
    ({"hw:serial_port_count": "1"}, {"hw_serial_port_count": "2"},
     "Forbidden to exceed flavor value of number of serial ports passed in image meta."),
    ({"hw:cpu_max_sockets": "2"}, {"hw_cpu_max_sockets": "4"}, "Image vCPU topology limits"),
    ({"hw:cpu_max_cores": "2"}, {"hw_cpu_cores": "4"}, "Image vCPU topology (sockets="),
    ({"hw:cpu_max_sockets": "1", "hw:cpu_max_cores": "1", "hw:cpu_max_threads": "1"}, {},
     "Requested vCPU limits 1:1:1 are impossible to satisfy for vcpus count 4"),
    ({"hw:mem_encryption": "true"}, {}, "Memory encryption requested by hw:mem_encryption extra"),
    ({}, {"hw_mem_encryption": "true", "hw_firmware_type": "uefi", "hw_machine_type": "pc"},
     "Machine type 'pc' is not compatible with image"),
    ({"hw:ephemeral_encryption": "true"}, {"hw_ephemeral_encryption": "no"},
     "Conflicting values for hw:ephemeral_encryption found in the flavor (true)"),
    ({"hw:ephemeral_encryption_format": "luks"}, {"hw_ephemeral_encryption_format": "plain"},
     "Conflicting values for hw:ephemeral_encryption_format found in the flavor (luks)"),
    ({}, {"hw_ephemeral_encryption_format": "rot13"}, "Invalid image metadata. Error: Field"),
    ({}, {"hw_ephemeral_encryption_secret_uuid": "x"}, "Invalid image metadata. Error: Field"),
    ({}, {"hw_ephemeral_encryption_secret_uuid": IMAGE}, f"Image {IMAGE[:-3]}"),
    ({"hw:cpu_policy": "dedicated"}, {"hw_cpu_policy": "shared"},
     "Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy"),
    ({"hw:numa_nodes": "3"}, {}, "Instance CPUs and/or memory cannot be evenly distributed"),
    ({"hw:locked_memory": "true"}, {}, "locked_memory value in image or flavor is forbidden"),
    ({"hw:pci_numa_affinity_policy": "required"}, {"hw_pci_numa_affinity_policy": "legacy"},
     "Image property 'hw_pci_numa_affinity_policy' is not permitted"),
    ({"pci_passthrough:alias": "none:1"}, {}, "PCI alias none is not defined"),
    ({"accel:device_profile": "fpga"}, {}, "Accelerator device profile fpga cannot be used"),
    ({"hw:maxphysaddr_bits": "42"}, {}, "hw:maxphysaddr_bits is only valid with"),
]
TAKEN: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"hw:cpu_policy": "dedicated", "hw:numa_nodes": "2"}, {"hw_cpu_policy": "dedicated"}),
    ({"hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb"}, {"hw_tpm_version": "2.0"}),
    ({"hw:mem_page_size": "any", "hw:ephemeral_encryption": "1"},
     {"hw_mem_page_size": "2MB", "hw_ephemeral_encryption": "yes",
      "hw_ephemeral_encryption_secret_uuid": IMAGE}),
    ({}, {"architecture": "amd64", "vmware_adaptertype": "ide", "hw_boot_menu": "perhaps"}),
    ({"hw:cpu_max_sockets": "2"}, {"hw_cpu_max_sockets": "2", "my_own": "x"}),
]


@pytest.mark.parametrize(("number", "case"), enumerate(REFUSED), ids=lambda x: str(x)[:60])
def test_what_is_refused(
    world: World, number: int, case: tuple[dict[str, str], dict[str, Any], str]
) -> None:
    specs, properties, words = case
    status, message = asked(world, number, specs, properties)
    assert (status, message[:len(words)]) == (400, words)


@pytest.mark.parametrize(("number", "case"), enumerate(TAKEN, start=500), ids=lambda x: str(x)[:60])
def test_what_is_taken(
    world: World, number: int, case: tuple[dict[str, str], dict[str, Any]]
) -> None:
    assert asked(world, number, *case)[0] == 202
