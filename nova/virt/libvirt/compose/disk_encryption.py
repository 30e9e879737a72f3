"""Local disks that the host keeps encrypted."""

import uuid as uuids

from oslo_utils import strutils

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.storage.encryption import encryptions
from nova.virt.libvirt.xml.disk import Encryption

SECRETS = uuids.UUID("f1b3a9de-2a5c-4ad7-8ce1-61a0a54ad1f4")
ASKED = ("hw:ephemeral_encryption", "hw_ephemeral_encryption")


def encryption_of(guest: GuestSpec, name: str) -> Encryption | None:
    """Of the guest's disk of that name."""
    found = encryptions(guest).get(name)
    if found is None:
        return None
    return Encryption(format=found.format, secret=disk_secret(guest.uuid, name))


def disk_secret(guest_uuid: str, name: str) -> str:
    """What the hypervisor calls the passphrase, as long as it knows it."""
    return str(uuids.uuid5(SECRETS, f"{guest_uuid}/{name}"))


def refuse_plain_disks(guest: GuestSpec, site: Site) -> None:
    """Raises UnsupportedGuest where disks would not be encrypted as they are to be."""
    for found in encryptions(guest).values():
        if not site.disk_encryption:
            place = f"on disks of type {site.conf.libvirt.images_type}"
            raise UnsupportedGuest(what="Encryption of local disks", value=place)
        if found.format not in site.disk_encryption:
            raise UnsupportedGuest(what="hw:ephemeral_encryption_format", value=found.format)
    if _asked(guest) and guest.root.image is not None and guest.root.encryption is None:
        raise UnsupportedGuest(what=ASKED[0], value="no secret is kept for it")


def _asked(guest: GuestSpec) -> bool:
    said = (guest.flavor.extra_specs.get(ASKED[0]), guest.image_properties.get(ASKED[1]))
    return any(strutils.bool_from_string(one) for one in said if one is not None)
