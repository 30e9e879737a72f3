"""Which disks of a guest are encrypted, by their names."""

from collections.abc import Iterator

from nova.virt.contract.devices import DiskEncryption
from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.storage import layout as names


def encryptions(guest: GuestSpec) -> dict[str, DiskEncryption]:
    return {name: found for name, found in _disks(guest) if found is not None}


def passphrases(guest: GuestSpec) -> dict[str, str]:
    """Of all of them; raises HypervisorError unless they are at hand."""
    found = encryptions(guest)
    return {name: passphrase_of(guest.uuid, one) for name, one in found.items()}


def passphrase_of(uuid: str, found: DiskEncryption) -> str:
    if found.passphrase is None:
        reason = f"the secret {found.secret_id} of guest {uuid} is not at hand"
        raise HypervisorError(verb="read an encrypted disk", reason=reason)
    return found.passphrase


def _disks(guest: GuestSpec) -> Iterator[tuple[str, DiskEncryption | None]]:
    yield names.ROOT, guest.root.encryption if guest.root.image else None
    for number, disk in enumerate(guest.ephemerals):
        yield names.ephemeral(number), disk.encryption
    if guest.swap is not None:
        yield names.SWAP, guest.swap.encryption
