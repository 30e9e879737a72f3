"""Guests whose memory the host cannot read."""

from dataclasses import replace

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.xml.devices import Controller, Devices
from nova.virt.libvirt.xml.domain import Domain
from nova.virt.libvirt.xml.machine import LaunchSecurity

USUAL = "amd-sev"
# What the processor is told of a guest: no debugging, no other host, no other owner's keys.
SEV_POLICY, SEV_ES_POLICY = 0x33, 0x37
# Threads may be shared; the bit beside it is always set.
SNP_POLICY = 0x30000
# These keep their memory in place by themselves.
IN_PLACE = frozenset({"amd-sev-snp", "intel-tdx"})


def model_of(guest: GuestSpec) -> str | None:
    """The way to encrypt that was asked for."""
    wishes = Wishes.of(guest)
    return (wishes.text("mem_encryption_model") or USUAL) if wishes.flag("mem_encryption") else None


def locks_memory(guest: GuestSpec) -> bool:
    model = model_of(guest)
    return model is not None and model not in IN_PLACE


def encrypted(domain: Domain, guest: GuestSpec, site: Site) -> Domain:
    """The domain with encryption, if it is asked for.  Raises UnsupportedGuest."""
    model = model_of(guest)
    if model is None:
        return domain
    if not site.encryption.get(model):
        raise UnsupportedGuest(what="Memory encryption", value=model)
    _check_machine(domain, model)
    assert domain.devices is not None
    assert domain.features is not None
    return replace(
        domain,
        security=_security(domain, model, site),
        # A dump of the memory would tell nothing.
        features=replace(domain.features, vmcoreinfo=None),
        devices=_behind_iommu(domain.devices),
    )


def _check_machine(domain: Domain, model: str) -> None:
    firmware = domain.os
    if firmware is None or firmware.firmware != "efi" or "q35" not in (firmware.machine or ""):
        raise UnsupportedGuest(what=model, value="a guest without UEFI or not of machine q35")
    if model == "amd-sev-snp" and not firmware.loader_stateless:
        raise UnsupportedGuest(what=model, value="firmware that is not stateless")
    if model == "intel-tdx" and firmware.loader_secure:
        raise UnsupportedGuest(what=model, value="secure boot")


def _security(domain: Domain, model: str, site: Site) -> LaunchSecurity:
    if model == "intel-tdx":
        return LaunchSecurity(type="tdx")
    if model == "amd-sev-snp":
        hashes = True if domain.os and domain.os.kernel else None
        return LaunchSecurity(type="sev-snp", kernel_hashes=hashes, policy=f"{SNP_POLICY:#x}")
    policy = SEV_ES_POLICY if model == "amd-sev-es" else SEV_POLICY
    return LaunchSecurity(
        type="sev", c_bit=site.c_bit, lost_bits=site.lost_bits, policy=f"{policy:#06x}"
    )


def _behind_iommu(devices: Devices) -> Devices:
    """Virtual devices see only the memory that the guest shows to them."""
    controllers = devices.controllers
    if devices.channels and not any(one.type == "virtio-serial" for one in controllers):
        controllers = (*controllers, Controller(type="virtio-serial"))
    balloon = devices.balloon
    return replace(
        devices,
        disks=tuple(replace(one, iommu=_yes(one.bus == "virtio")) for one in devices.disks),
        controllers=tuple(
            replace(one, iommu=_yes("virtio" in (one.type + (one.model or ""))))
            for one in controllers
        ),
        interfaces=tuple(
            replace(one, iommu=_yes(one.model == "virtio")) for one in devices.interfaces
        ),
        inputs=tuple(replace(one, iommu=_yes(one.bus == "virtio")) for one in devices.inputs),
        videos=tuple(replace(one, iommu=_yes(one.model == "virtio")) for one in devices.videos),
        rngs=tuple(replace(one, iommu=_yes(one.model == "virtio")) for one in devices.rngs),
        balloon=balloon and replace(balloon, iommu=_yes(balloon.model == "virtio")),
    )


def _yes(true: bool) -> bool | None:
    return True if true else None
