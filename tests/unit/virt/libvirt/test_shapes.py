"""Each wish of flavor, image and operator arrives in the definition of the guest."""

import pytest

from nova.virt.contract.errors import BadGuest, UnsupportedGuest
from tests.unit.virt.libvirt.shapes import disks, encrypted, machines, peripherals, processors
from tests.unit.virt.libvirt.shapes.shape import Shape, agrees, found

ALL = (*machines.SHAPES, *processors.SHAPES, *disks.SHAPES, *peripherals.SHAPES,
       *encrypted.SHAPES)
Q35 = {"hw_machine_type": "q35"}
UEFI = {**Q35, "hw_firmware_type": "uefi"}
REFUSED: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
    ({"hw:mem_encryption": "true", "hw:mem_encryption_model": "amd-sev"}, UEFI),
    ({}, {**UEFI, "hw_mem_encryption": "true", "hw_mem_encryption_model": "intel-tdx"}),
    ({"hw:ephemeral_encryption": "true", "hw:ephemeral_encryption_format": "luks"}, {}),
    ({}, {"hw_ephemeral_encryption": "true", "hw_ephemeral_encryption_format": "luks"}),
    ({"hw:pmem": "4GB"}, {}),
    ({"hw:tpm_version": "2.0", "hw:tpm_secret_security": "user"}, {}),
    ({"hw:tpm_version": "1.2", "hw:tpm_model": "tpm-crb"}, {}),
    ({"hw:viommu_model": "smmuv3"}, Q35),
    ({"hw:viommu_model": "intel"}, {}),
    ({"hw:redirected_usb_ports": "1"}, {}),
    ({"os:secure_boot": "required"}, {"hw_firmware_type": "uefi"}),
    ({"hw_video:ram_max_mb": "8"}, {"hw_video_ram": "16"}),
    ({"resources:VGPU": "1"}, {}),
    ({"resources_gpu:VGPU": "2"}, {}),
    ({}, {"hw_vif_model": "netfront"}),
    ({}, {"hw_disk_bus": "xen"}),
)
"""What no host of this driver has: better no guest than one without."""


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: shape.name)
def test_it_is_there(shape: Shape) -> None:
    wrong = {
        place: there
        for place, wanted in shape.wants.items()
        if not agrees(there := found(shape.definition, place), wanted)
    }
    assert wrong == {}


def test_each_has_a_name_of_its_own() -> None:
    assert len({shape.name for shape in ALL}) == len(ALL)


@pytest.mark.parametrize(("specs", "properties"), REFUSED)
def test_what_cannot_be_had_is_refused(specs: dict[str, str], properties: dict[str, str]) -> None:
    with pytest.raises((UnsupportedGuest, BadGuest)):
        Shape("refused", {}, specs, properties, {"swtpm_enabled": True}).text()


def test_none_of_something_is_no_wish() -> None:
    Shape("none", {}, {"resources1:VGPU": "0"}).text()


NEW = {"igb": (9_003_000, 8_000_000), "virtio": (10_004_000, 8_002_000)}


@pytest.mark.parametrize("asked", [{"hw_vif_model": "igb"}, {"hw_sound_model": "virtio"}])
def test_models_that_old_hypervisors_do_not_have(asked: dict[str, str]) -> None:
    library, hypervisor = NEW[next(iter(asked.values()))]
    for versions in ((library - 1, hypervisor), (library, hypervisor - 1)):
        known = dict(zip(("library", "hypervisor"), versions, strict=True))
        with pytest.raises(UnsupportedGuest):
            Shape("old", {}, properties=asked, site=known).text()


def test_a_model_without_hardware_help_only() -> None:
    asked = {"hw_vif_model": "lan9118"}
    Shape("emulated", {}, properties=asked).text()
    with pytest.raises(UnsupportedGuest):
        Shape("helped", {}, properties=asked, options={"virt_type": "kvm"}).text()


def test_a_source_of_chance_that_is_not_there() -> None:
    with pytest.raises(UnsupportedGuest):
        Shape("no chance", {}, options={"rng_dev_path": "/dev/no/such"}).text()
