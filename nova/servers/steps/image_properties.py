"""Properties of images that mean something to this cloud, and the values they take.

A row is name: (kind, allowed values of a CHOICE).  Properties that are not here are the
owner's own business.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from oslo_utils import strutils

from nova.errors import Invalid

TEXT, FLAG, NUMBER, CHOICE, UUID, PREDICATE, LIST = (
    "text", "flag", "number", "choice", "uuid", "predicate", "list",
)
ARCHITECTURES = (
    "alpha", "armv6", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "lm32", "m68k",
    "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el", "openrisc", "parisc",
    "parisc64", "ppc", "ppcle", "ppc64", "ppc64le", "ppcemb", "s390", "s390x", "sh4", "sh4eb",
    "sparc", "sparc64", "unicore32", "x86_64", "xtensa", "xtensaeb",
)
BUSES = ("fdc", "ide", "sata", "scsi", "usb", "virtio", "xen", "lxc", "uml")
HYPERVISORS = (
    "baremetal", "bhyve", "docker", "fake", "hyperv", "ironic", "kqemu", "kvm", "lxc", "lxd",
    "openvz", "parallels", "phyp", "qemu", "test", "uml", "vbox", "vz", "vmware", "xen", "zvm",
    "prsm",
)
KEY_TYPES = (
    "DSA", "ECC_SECP384R1", "ECC_SECP521R1", "ECC_SECT409K1", "ECC_SECT409R1", "ECC_SECT571K1",
    "ECC_SECT571R1", "RSA-PSS",
)
ENCRYPTED = "hw_ephemeral_encryption"
ENCRYPTION_FORMAT = "hw_ephemeral_encryption_format"
SECRET = "hw_ephemeral_encryption_secret_uuid"
Row = tuple[str, tuple[str, ...]]


def _choice(*words: str) -> Row:
    return CHOICE, words


_TEXT, _FLAG, _NUMBER, _UUID, _LIST = ((kind, ()) for kind in (TEXT, FLAG, NUMBER, UUID, LIST))

KNOWN: dict[str, Row] = {
    "hw_architecture": _choice(*ARCHITECTURES),
    "hw_auto_disk_config": _TEXT,
    "hw_boot_menu": _FLAG,
    "hw_cdrom_bus": _choice(*BUSES),
    "hw_cpu_cores": _NUMBER,
    "hw_cpu_max_cores": _NUMBER,
    "hw_cpu_max_sockets": _NUMBER,
    "hw_cpu_max_threads": _NUMBER,
    "hw_cpu_policy": _choice("dedicated", "shared", "mixed"),
    "hw_cpu_realtime_mask": _TEXT,
    "hw_cpu_sockets": _NUMBER,
    "hw_cpu_thread_policy": _choice("prefer", "isolate", "require"),
    "hw_cpu_threads": _NUMBER,
    "hw_device_id": _NUMBER,
    "hw_disk_bus": _choice(*BUSES),
    "hw_disk_type": _TEXT,
    "hw_emulation_architecture": _choice(*ARCHITECTURES),
    ENCRYPTED: _FLAG,
    ENCRYPTION_FORMAT: _choice("plain", "luks", "luksv2"),
    SECRET: _UUID,
    "hw_firmware_stateless": _FLAG,
    "hw_firmware_type": _choice("uefi", "bios"),
    "hw_floppy_bus": _choice(*BUSES),
    "hw_input_bus": _choice("usb", "virtio"),
    "hw_ipxe_boot": _FLAG,
    "hw_locked_memory": _FLAG,
    "hw_machine_type": _TEXT,
    "hw_maxphysaddr_bits": _NUMBER,
    "hw_maxphysaddr_mode": _choice("passthrough", "emulate"),
    "hw_mem_encryption": _FLAG,
    "hw_mem_encryption_model": _choice("amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx"),
    "hw_mem_page_size": _TEXT,
    "hw_numa_cpus": _LIST,
    "hw_numa_mem": _LIST,
    "hw_numa_nodes": _NUMBER,
    "hw_pci_numa_affinity_policy": _choice("required", "legacy", "preferred", "socket"),
    "hw_pmu": _FLAG,
    "hw_pointer_model": _choice("usbtablet"),
    "hw_qemu_guest_agent": _FLAG,
    "hw_redirected_usb_ports": _NUMBER,
    "hw_rescue_bus": _choice(*BUSES),
    "hw_rescue_device": _choice("cdrom", "disk", "floppy", "fs", "lun"),
    "hw_rng_model": _choice("virtio"),
    "hw_scsi_model": _choice(
        "buslogic", "ibmvscsi", "lsilogic", "lsisas1068", "lsisas1078", "virtio-scsi", "vmpvscsi"
    ),
    "hw_serial_port_count": _NUMBER,
    "hw_sound_model": _choice("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"),
    "hw_time_hpet": _FLAG,
    "hw_tpm_model": _choice("tpm-tis", "tpm-crb"),
    "hw_tpm_version": _choice("1.2", "2.0"),
    "hw_usb_model": _choice("none", "nec-xhci", "qemu-xhci"),
    "hw_video_model": _choice(
        "cirrus", "qxl", "vga", "vmvga", "xen", "virtio", "gop", "none", "bochs"
    ),
    "hw_video_ram": _NUMBER,
    "hw_vif_model": _choice(
        "virtio", "ne2k_pci", "pcnet", "rtl8139", "e1000", "e1000e", "netfront", "spapr-vlan",
        "lan9118", "sriov", "vmxnet", "vmxnet3", "igb",
    ),
    "hw_vif_multiqueue_enabled": _FLAG,
    "hw_viommu_model": _choice("intel", "smmuv3", "virtio", "auto"),
    "hw_virtio_packed_ring": _FLAG,
    "hw_vm_mode": _choice("hvm", "xen", "uml", "exe"),
    "hw_watchdog_action": _choice("none", "pause", "poweroff", "reset", "disabled"),
    "img_bdm_v2": _FLAG,
    "img_bittorrent": _FLAG,
    "img_block_device_mapping": _LIST,
    "img_cache_in_nova": _FLAG,
    "img_compression_level": _NUMBER,
    "img_config_drive": _choice("optional", "mandatory"),
    "img_hide_hypervisor_id": _FLAG,
    "img_hv_requested_version": (PREDICATE, ()),
    "img_hv_type": _choice(*HYPERVISORS),
    "img_linked_clone": _FLAG,
    "img_mappings": _LIST,
    "img_owner_id": _TEXT,
    "img_root_device_name": _TEXT,
    "img_signature": _TEXT,
    "img_signature_certificate_uuid": _UUID,
    "img_signature_hash_method": _choice("SHA-224", "SHA-256", "SHA-384", "SHA-512"),
    "img_signature_key_type": _choice(*KEY_TYPES),
    "img_use_agent": _FLAG,
    "img_version": _NUMBER,
    "os_admin_user": _TEXT,
    "os_command_line": _TEXT,
    "os_distro": _TEXT,
    "os_require_quiesce": _FLAG,
    "os_secure_boot": _choice("required", "disabled", "optional"),
    "os_skip_agent_inject_files_at_boot": _FLAG,
    "os_skip_agent_inject_ssh": _FLAG,
    "os_type": _choice("linux", "windows"),
    "traits_required": _LIST,
}

# Names that properties had before; a present name wins.
FORMER: dict[str, str] = {
    "architecture": "hw_architecture",
    "auto_disk_config": "hw_auto_disk_config",
    "bdm_v2": "img_bdm_v2",
    "bittorrent": "img_bittorrent",
    "block_device_mapping": "img_block_device_mapping",
    "cache_in_nova": "img_cache_in_nova",
    "hypervisor_type": "img_hv_type",
    "hypervisor_version_requires": "img_hv_requested_version",
    "ipxe_boot": "hw_ipxe_boot",
    "mappings": "img_mappings",
    "owner_id": "img_owner_id",
    "root_device_name": "img_root_device_name",
    "vm_mode": "hw_vm_mode",
    "vmware_disktype": "hw_disk_type",
    "vmware_image_version": "img_version",
    "vmware_linked_clone": "img_linked_clone",
    "vmware_ostype": "os_distro",
    "xenapi_device_id": "hw_device_id",
    "xenapi_image_compression_level": "img_compression_level",
    "xenapi_skip_agent_inject_files_at_boot": "os_skip_agent_inject_files_at_boot",
    "xenapi_skip_agent_inject_ssh": "os_skip_agent_inject_ssh",
    "xenapi_use_agent": "img_use_agent",
}
ADAPTER = "vmware_adaptertype"
# Other words for some of the values.
SYNONYMS: dict[str, dict[str, str]] = {
    "hw_architecture": {"amd64": "x86_64", "x64": "x86_64", "i386": "i686", "x86": "i686",
                        "arm64": "aarch64"},
    "img_hv_type": {"xapi": "xen", "hv": "hyperv", "powervm": "phyp"},
    "hw_vm_mode": {"pv": "xen", "hv": "hvm", "baremetal": "hvm"},
}
# Values that may be written in any case.
ANY_CASE = frozenset({"hw_architecture", "hw_emulation_architecture", "img_hv_type", "hw_vm_mode"})


class BadImageProperty(Invalid):
    template = "Invalid image metadata. Error: {reason}"


def present(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same properties under their present names, with the present words for values."""
    found = {FORMER[name]: value for name, value in properties.items() if name in FORMER}
    found |= {name: value for name, value in properties.items() if name not in FORMER}
    _cut_adapter(found)
    return {name: _word(name, value) for name, value in found.items()}


def refuse_bad_properties(properties: Mapping[str, Any]) -> None:
    """`properties` under their present names.  Raises BadImageProperty."""
    for name, value in properties.items():
        kind, allowed = KNOWN.get(name, (TEXT, ()))
        if value is not None and not _CHECKS[kind](value, allowed):
            raise BadImageProperty(reason=f"Field value {value} is invalid")


def _cut_adapter(found: dict[str, Any]) -> None:
    """One old property stands for two."""
    adapter = found.pop(ADAPTER, None)
    if adapter is None:
        return
    if adapter == "ide":
        found.setdefault("hw_disk_bus", "ide")
        return
    names = {"lsiLogic": "lsilogic", "lsiLogicsas": "lsisas1068", "busLogic": "buslogic",
             "paraVirtual": "vmpvscsi"}
    found.setdefault("hw_disk_bus", "scsi")
    found.setdefault("hw_scsi_model", names.get(adapter, adapter))


def _word(name: str, value: Any) -> Any:
    if name in ANY_CASE and isinstance(value, str):
        value = value.lower()
    if name == "hw_scsi_model" and value == "virtio_scsi":
        value = "virtio-scsi"
    return SYNONYMS.get(name, {}).get(value, value) if isinstance(value, str) else value


def _is_number(value: Any, _: tuple[str, ...]) -> bool:
    try:
        int(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_flag(value: Any, _: tuple[str, ...]) -> bool:
    """Words that are neither yes nor no are read as no."""
    return isinstance(value, (str, bool, int))


def _is_uuid(value: Any, _: tuple[str, ...]) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


def _is_anything(value: Any, _: tuple[str, ...]) -> bool:
    return True


_CHECKS: dict[str, Callable[[Any, tuple[str, ...]], bool]] = {
    TEXT: _is_anything,
    LIST: _is_anything,
    PREDICATE: _is_anything,
    FLAG: _is_flag,
    NUMBER: _is_number,
    UUID: _is_uuid,
    CHOICE: lambda value, allowed: str(value) in allowed,
}


def is_true(value: Any) -> bool:
    return value is not None and strutils.bool_from_string(value)
