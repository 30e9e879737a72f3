"""Guests whose memory the host cannot read."""

from typing import Any

from tests.unit.virt.libvirt.shapes.shape import Shape

UEFI = {"hw_machine_type": "q35", "hw_firmware_type": "uefi"}
STATELESS = {**UEFI, "hw_firmware_stateless": "true"}
KVM = {"virt_type": "kvm"}
ABLE: dict[str, Any] = {
    "encryption": {"amd-sev": 15, "amd-sev-es": 100, "amd-sev-snp": 100, "intel-tdx": 31},
    "c_bit": 51, "lost_bits": 1,
}


def asked(model: str | None = None) -> dict[str, str]:
    plain = {"hw:mem_encryption": "true"}
    return plain if model is None else {**plain, "hw:mem_encryption_model": model}


SHAPES = (
    Shape("not encrypted", {"launchSecurity": False, "devices/disk/driver@iommu": False},
          {"hw:mem_encryption": "false"}, UEFI, KVM, site=ABLE),
    Shape("encrypted", {
        "launchSecurity@type": "sev", "launchSecurity/policy": "0x0033",
        "launchSecurity/cbitpos": "51", "launchSecurity/reducedPhysBits": "1",
        "memoryBacking/locked": True, "features/vmcoreinfo": False,
        "devices/disk/driver@iommu": "on", "devices/interface/driver@iommu": "on",
        "devices/memballoon/driver@iommu": "on", "devices/rng/driver@iommu": "on",
        "devices/video/driver@iommu": "on", "devices/input/driver@iommu": False,
    }, {**asked(), "hw_rng:allowed": "true"}, {**UEFI, "hw_rng_model": "virtio"}, KVM, site=ABLE),
    Shape("encrypted, on another bus", {
        "devices/disk/driver@iommu": False, "devices/interface/driver@iommu": False,
        "devices/controller[@type='scsi']/driver@iommu": "on",
    }, asked(), {**UEFI, "hw_disk_bus": "scsi", "hw_scsi_model": "virtio-scsi",
                 "hw_vif_model": "e1000"}, KVM, site=ABLE),
    Shape("encrypted, with an agent", {
        "devices/controller[@type='virtio-serial']/driver@iommu": "on",
    }, asked(), {**UEFI, "hw_qemu_guest_agent": "true"}, KVM, site=ABLE),
    Shape("registers encrypted too", {
        "launchSecurity@type": "sev", "launchSecurity/policy": "0x0037",
        "memoryBacking/locked": True,
    }, asked("amd-sev-es"), UEFI, KVM, site=ABLE),
    Shape("pages that nobody moves", {
        "launchSecurity@type": "sev-snp", "launchSecurity/policy": "0x30000",
        "launchSecurity/cbitpos": False, "launchSecurity@kernelHashes": False,
        "memoryBacking": False, "os/loader@stateless": "yes",
    }, asked("amd-sev-snp"), STATELESS, KVM, site=ABLE),
    Shape("pages that nobody moves, of a kernel", {"launchSecurity@kernelHashes": "yes"},
          asked("amd-sev-snp"), STATELESS, KVM, site=ABLE, disks=("kernel",)),
    Shape("a trust domain", {
        "launchSecurity@type": "tdx", "launchSecurity/policy": False, "memoryBacking": False,
        "features/vmcoreinfo": False, "os/loader": False,
    }, {}, {**UEFI, "hw_mem_encryption": "true", "hw_mem_encryption_model": "intel-tdx"}, KVM,
        site=ABLE),
)

REFUSED: tuple[tuple[dict[str, str], dict[str, str], dict[str, Any]], ...] = (
    (asked("amd-sev"), UEFI, {"encryption": {"amd-sev-es": 5}}),
    (asked("amd-sev"), UEFI, {"encryption": {"amd-sev": 0}}),
    (asked(), {"hw_machine_type": "q35"}, ABLE),
    (asked(), {"hw_firmware_type": "uefi"}, ABLE),
    (asked("amd-sev-snp"), UEFI, ABLE),
    (asked("intel-tdx") | {"os:secure_boot": "required"}, UEFI, ABLE),
)
