"""Disks that the fake hypervisor takes for encrypted: who starts their guest has to know
with what."""

import hashlib
import struct
from collections.abc import Sequence

from nova.virt.contract.devices import DiskEncryption
from nova.virt.contract.errors import HypervisorError, UnsupportedGuest
from nova.virt.contract.guest import GuestSpec

ROOT, FORMAT = "root", "luks"
# The beginning of a qcow2 file: magic, version, no backing file, cluster bits, size, LUKS,
# no tables yet, no features, and how long all that is.
HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
MAGIC, VERSION, CLUSTER_BITS, SIZE, LUKS, REFCOUNT_ORDER = b"QFI\xfb", 3, 16, 1 << 20, 2, 4
LONG_ENOUGH = 1024


def locks_of(spec: GuestSpec) -> tuple[str, ...]:
    """By the disk.  Raises HypervisorError when a secret is not at hand, UnsupportedGuest."""
    found = {ROOT: spec.root.encryption if spec.root.image else None}
    found |= {f"ephemeral{n}": disk.encryption for n, disk in enumerate(spec.ephemerals)}
    found |= {"swap": spec.swap.encryption if spec.swap else None}
    for one in found.values():
        if one is not None and one.format != FORMAT:
            raise UnsupportedGuest(what="hw:ephemeral_encryption_format", value=one.format)
    return tuple(f"{name} {_hash(one)}" for name, one in found.items() if one is not None)


def require_keys(locks: Sequence[str], spec: GuestSpec) -> None:
    """Raises HypervisorError unless the guest's disks open with what its description tells."""
    if tuple(locks) != locks_of(spec):
        raise HypervisorError(verb="read an encrypted disk", reason="the secret is wrong")


def locked(content: bytes, encryption: DiskEncryption) -> bytes:
    """A picture that looks encrypted."""
    header = HEADER.pack(
        MAGIC, VERSION, 0, 0, CLUSTER_BITS, SIZE, LUKS, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        REFCOUNT_ORDER, HEADER.size,
    )  # fmt: skip
    key = bytes.fromhex(_hash(encryption))
    veiled = bytes(one ^ key[at % len(key)] for at, one in enumerate(content))
    return header.ljust(LONG_ENOUGH, b"\0") + veiled


def _hash(found: DiskEncryption) -> str:
    if found.passphrase is None:
        reason = f"the secret {found.secret_id} is not at hand"
        raise HypervisorError(verb="read an encrypted disk", reason=reason)
    return hashlib.sha256(found.passphrase.encode()).hexdigest()
