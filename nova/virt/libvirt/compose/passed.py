"""Devices of the host in the guest, the unit that maps their memory, and TPMs."""

import uuid as uuids
from collections.abc import Iterator

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.libvirt.compose.site import X86, Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.xml.address import Address
from nova.virt.libvirt.xml.devices import HostDevice, Iommu, Tpm

IOMMUS = frozenset({"intel", "smmuv3", "virtio", "auto"})
VERSION_OF_VIRTIO_IOMMU = (8_003_000, 6_002_000)
TPM_MODELS = {"1.2": frozenset({"tpm-tis"}), "2.0": frozenset({"tpm-tis", "tpm-crb"})}
VFIO = "vfio-pci"
SECRETS = uuids.UUID("a8a86b4b-5c3a-4a3f-9e0a-6a3f1d1c6a55")
KEPT_ELSEWHERE = frozenset({"user", "deployment"})
KEEPERS = frozenset({"host"}) | KEPT_ELSEWHERE


def host_devices(guest: GuestSpec) -> Iterator[HostDevice]:
    """Those that no network interface stands for."""
    for device in guest.devices:
        if device.alias is not None:
            yield host_device(device)
    for mdev in guest.mdevs:
        yield HostDevice(type="mdev", model=VFIO, mdev=mdev.uuid)


def host_device(device: ClaimedDevice) -> HostDevice:
    return HostDevice(managed=device.managed, source=Address.of_host(device.address))


def iommu_model(guest: GuestSpec, site: Site) -> str | None:
    """As asked for; "auto" takes what this machine has.  Raises UnsupportedGuest."""
    wishes = Wishes.of(guest)
    asked = wishes.text("viommu_model")
    if asked is None:
        return None
    wishes.choice("hw:viommu_model", asked, IOMMUS)
    machine, arch = site.machine_of(guest), site.arch_of(guest)
    virtio = site.at_least(*VERSION_OF_VIRTIO_IOMMU) and _has_pcie(machine)
    own = "intel" if arch in X86 and "q35" in machine else (
        "smmuv3" if arch == "aarch64" and machine.startswith("virt") else None)
    model = ("virtio" if virtio else own) if asked == "auto" else asked
    if model is None or (model == "virtio" and not virtio) or model not in ("virtio", own):
        raise UnsupportedGuest(what="hw:viommu_model", value=f"{asked} on {machine}")
    return model


def iommus(guest: GuestSpec, site: Site) -> Iterator[Iommu]:
    model = iommu_model(guest, site)
    if model == "intel":
        # To remap interrupts, they have to be split between kernel and emulator.
        split = True if needs_split_interrupts(guest, site) else None
        yield Iommu(model=model, intremap=split, caching_mode=True, eim=split, iotlb=True)
    elif model is not None:
        yield Iommu(model=model)


def needs_split_interrupts(guest: GuestSpec, site: Site) -> bool:
    return site.virt_type_of(guest) == "kvm" and iommu_model(guest, site) == "intel"


def tpms(guest: GuestSpec, site: Site) -> Iterator[Tpm]:
    """Raises UnsupportedGuest where there is none of the kind."""
    wishes = Wishes.of(guest)
    version = wishes.text("tpm_version")
    if version is None:
        return
    model = wishes.text("tpm_model") or "tpm-tis"
    if not site.conf.libvirt.swtpm_enabled:
        raise UnsupportedGuest(what="hw:tpm_version", value=version)
    wishes.choice("hw:tpm_version", version, site.tpm_versions)
    wishes.choice("hw:tpm_model", model, TPM_MODELS[version] & site.tpm_models)
    keeper = guest.flavor.extra_specs.get("hw:tpm_secret_security")
    if keeper in KEPT_ELSEWHERE and guest.tpm_secret is None:
        raise UnsupportedGuest(what="hw:tpm_secret_security", value=keeper)
    yield Tpm(model=model, version=version, secret=tpm_secret(guest.uuid))


def has_tpm(guest: GuestSpec) -> bool:
    return Wishes.of(guest).text("tpm_version") is not None


def tpm_secret(guest_uuid: str) -> str:
    """The name under which the hypervisor keeps what the TPM's state is encrypted with."""
    return str(uuids.uuid5(SECRETS, guest_uuid))


def _has_pcie(machine: str) -> bool:
    return "q35" in machine or machine.startswith("virt")
