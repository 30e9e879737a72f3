"""The traits of a host: its processor, and what its emulator can show to guests."""

from collections.abc import Iterator

from oslo_config import cfg

from nova.virt.libvirt.compose.cpu import VERSION_OF_ADDRESS_BITS
from nova.virt.libvirt.compose.network import nic_models
from nova.virt.libvirt.compose.passed import KEEPERS, VERSION_OF_VIRTIO_IOMMU
from nova.virt.libvirt.compose.peripherals import sound_models
from nova.virt.libvirt.cpu_traits import traits_of_flags
from nova.virt.libvirt.profile import Profile
from nova.virt.pci.offers import is_managed_remotely, offers_of

BUSES = frozenset({"fdc", "ide", "sata", "scsi", "usb", "virtio"})
VIDEO_MODELS = frozenset({"bochs", "cirrus", "gop", "none", "qxl", "vga", "virtio", "vmvga"})
IMAGE_TYPES = ("AKI", "AMI", "ARI", "ISO", "QCOW2", "RAW", "VDI", "VHD", "VHDX", "VMDK")
VERSION_OF_STATELESS = (8_006_000, 6_002_000)
DISK_ENCRYPTION = "COMPUTE_EPHEMERAL_ENCRYPTION"
REMOTE_PORTS = "COMPUTE_REMOTE_MANAGED_PORTS"
X86_ARCHITECTURES = ("x86_64", "i686")


def host_traits(profile: Profile, conf: cfg.ConfigOpts) -> frozenset[str]:
    offered = (
        *_firmware(profile),
        *_architectures(profile),
        *_named("COMPUTE_STORAGE_BUS", profile.offers().enums.get("disk.bus", ()), BUSES),
        *_named("COMPUTE_GRAPHICS_MODEL", _videos(profile), VIDEO_MODELS),
        *(f"COMPUTE_NET_VIF_MODEL_{_trait_name(model)}" for model in _nics(profile, conf)),
        *(f"COMPUTE_SOUND_MODEL_{model.upper()}" for model in sound_models(profile.site())),
        *_image_types(conf),
        *_tpms(profile, conf),
        *_disk_encryption(profile),
        *_memory(profile, conf),
        *_iommus(profile),
        *_remote_ports(conf),
        "COMPUTE_NET_VIRTIO_PACKED",
        "COMPUTE_SOCKET_PCI_NUMA_AFFINITY",
    )
    return frozenset(offered) | traits_of_flags(profile.guest_cpu_flags()) | _threads(profile)


def _firmware(profile: Profile) -> Iterator[str]:
    site = profile.site()
    if site.secure_boot:
        yield "COMPUTE_SECURITY_UEFI_SECURE_BOOT"
    if site.efi and profile.at_least(*VERSION_OF_STATELESS):
        yield "COMPUTE_SECURITY_STATELESS_FIRMWARE"


def _tpms(profile: Profile, conf: cfg.ConfigOpts) -> Iterator[str]:
    site = profile.site()
    if not conf.libvirt.swtpm_enabled or not site.tpm_models:
        return
    for version in site.tpm_versions & {"1.2", "2.0"}:
        yield f"COMPUTE_SECURITY_TPM_{version.replace('.', '_')}"
    for model in site.tpm_models & {"tpm-tis", "tpm-crb"}:
        yield f"COMPUTE_SECURITY_TPM_{model.removeprefix('tpm-').upper()}"
    for keeper in set(conf.libvirt.supported_tpm_secret_security) & KEEPERS:
        yield f"COMPUTE_SECURITY_TPM_SECRET_SECURITY_{keeper.upper()}"


def _disk_encryption(profile: Profile) -> Iterator[str]:
    formats = profile.site().disk_encryption
    if formats:
        yield DISK_ENCRYPTION
    for kind in formats:
        yield f"{DISK_ENCRYPTION}_{kind.upper()}"


def _memory(profile: Profile, conf: cfg.ConfigOpts) -> Iterator[str]:
    if conf.libvirt.file_backed_memory:
        yield "COMPUTE_MEM_BACKING_FILE"
    if profile.at_least(*VERSION_OF_ADDRESS_BITS):
        yield "COMPUTE_ADDRESS_SPACE_EMULATED"
        if conf.libvirt.virt_type == "kvm":
            yield "COMPUTE_ADDRESS_SPACE_PASSTHROUGH"


def _iommus(profile: Profile) -> Iterator[str]:
    """Of the machine types that this architecture may have."""
    arch = profile.arch()
    own = "INTEL" if arch in X86_ARCHITECTURES else "SMMUV3" if arch == "aarch64" else None
    virtio = profile.at_least(*VERSION_OF_VIRTIO_IOMMU)
    for model in (own, "VIRTIO" if virtio else None, "AUTO" if own or virtio else None):
        if model is not None:
            yield f"COMPUTE_VIOMMU_MODEL_{model}"


def _remote_ports(conf: cfg.ConfigOpts) -> Iterator[str]:
    """All versions that this driver runs with know a card by its serial number."""
    if is_managed_remotely(offers_of(conf.pci.device_spec)):
        yield REMOTE_PORTS


def _architectures(profile: Profile) -> Iterator[str]:
    arch = profile.arch()
    yield f"HW_ARCH_{arch.upper()}"
    known = {"x86_64", "aarch64", "ppc64le", "mipsel", "s390x", "riscv64"}
    for guest in profile.capabilities().guests:
        if guest.arch in known:
            yield f"COMPUTE_ARCH_{guest.arch.upper()}"


def _videos(profile: Profile) -> frozenset[str]:
    return profile.offers().enums.get("video.modelType", frozenset()) | {"none"}


def _nics(profile: Profile, conf: cfg.ConfigOpts) -> frozenset[str]:
    absent = {"spapr-vlan"} if profile.arch() in X86_ARCHITECTURES else set()
    return nic_models(profile.site(), conf.libvirt.virt_type) - absent


def _image_types(conf: cfg.ConfigOpts) -> Iterator[str]:
    excluded = {kind.upper() for kind in conf.compute.image_type_exclude_list}
    for kind in IMAGE_TYPES:
        if kind not in excluded:
            yield f"COMPUTE_IMAGE_TYPE_{kind}"


def _threads(profile: Profile) -> frozenset[str]:
    cpu = profile.capabilities().cpu
    several = cpu is not None and (cpu.threads or 1) > 1
    return frozenset({"HW_CPU_HYPERTHREADING"}) if several else frozenset()


def _named(prefix: str, offered: object, known: frozenset[str]) -> Iterator[str]:
    names = offered if isinstance(offered, frozenset) else frozenset()
    for name in names & known:
        yield f"{prefix}_{_trait_name(name)}"


def _trait_name(model: str) -> str:
    return model.upper().replace("-", "_")
