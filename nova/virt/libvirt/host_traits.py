"""The traits of a host: its processor, and what its emulator can show to guests."""

from collections.abc import Iterator

from oslo_config import cfg

from nova.virt.libvirt.compose.network import MODELS as NIC_MODELS
from nova.virt.libvirt.compose.peripherals import SOUNDS
from nova.virt.libvirt.cpu_traits import traits_of_flags
from nova.virt.libvirt.profile import Profile

BUSES = frozenset({"fdc", "ide", "sata", "scsi", "usb", "virtio"})
VIDEO_MODELS = frozenset({"bochs", "cirrus", "gop", "none", "qxl", "vga", "virtio", "vmvga"})
IMAGE_TYPES = ("AKI", "AMI", "ARI", "ISO", "QCOW2", "RAW", "VDI", "VHD", "VHDX", "VMDK")
NOT_EMULATED_ON_KVM = frozenset({"lan9118"})
VERSION_OF_IGB = (9_003_000, 8_000_000)
VERSION_OF_VIRTIO_SOUND = (10_004_000, 8_002_000)
X86_ARCHITECTURES = ("x86_64", "i686")


def host_traits(profile: Profile, conf: cfg.ConfigOpts) -> frozenset[str]:
    offered = (
        *_firmware(profile),
        *_architectures(profile),
        *_named("COMPUTE_STORAGE_BUS", profile.offers().enums.get("disk.bus", ()), BUSES),
        *_named("COMPUTE_GRAPHICS_MODEL", _videos(profile), VIDEO_MODELS),
        *(f"COMPUTE_NET_VIF_MODEL_{_trait_name(model)}" for model in _nics(profile, conf)),
        *(f"COMPUTE_SOUND_MODEL_{model.upper()}" for model in _sounds(profile)),
        *_image_types(conf),
        "COMPUTE_NET_VIRTIO_PACKED",
    )
    return frozenset(offered) | traits_of_flags(profile.guest_cpu_flags()) | _threads(profile)


def _firmware(profile: Profile) -> Iterator[str]:
    site = profile.site()
    if site.secure_boot:
        yield "COMPUTE_SECURITY_UEFI_SECURE_BOOT"


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
    if conf.libvirt.virt_type == "kvm":
        absent |= NOT_EMULATED_ON_KVM
    if not profile.at_least(*VERSION_OF_IGB):
        absent.add("igb")
    return NIC_MODELS - absent


def _sounds(profile: Profile) -> frozenset[str]:
    return SOUNDS if profile.at_least(*VERSION_OF_VIRTIO_SOUND) else SOUNDS - {"virtio"}


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
