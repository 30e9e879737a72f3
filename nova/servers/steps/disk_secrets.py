"""What the local disks of servers are encrypted with.

Each disk has a passphrase of its own, which the key service keeps for this service: who
may start a server (an administrator, or its host after a failure of power) needs no
token of its owner for that.  The record names the secret before there is a disk.
"""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nova.clients.keys.contract import KeyService, KeysUnavailable, SecretNotFound
from nova.context import RequestContext, admin_context
from nova.core.workflow import Run
from nova.errors import Conflict, NovaError
from nova.objects.server import BlockDevice, Instance
from nova.seams import HostSeams
from nova.servers.steps.guest_spec import image_properties
from nova.servers.steps.image_properties import ENCRYPTED, ENCRYPTION_FORMAT, is_true
from nova.virt.contract import DiskEncryption, GuestSpec

LOG = logging.getLogger(__name__)
FLAVOR = "hw:ephemeral_encryption"
BYTES = 64
PLAIN: dict[str, Any] = {
    "encrypted": False, "encryption_format": None, "encryption_secret_uuid": None,
}  # fmt: skip


class DiskSecretAway(Conflict):
    template = "The secret of a disk of server {uuid} is not at hand: {reason}"


def wants_encryption(instance: Instance) -> bool:
    specs = instance.flavor.extra_specs or {}
    return is_true(specs.get(FLAVOR)) or is_true(image_properties(instance).get(ENCRYPTED))


def ensure_disk_secrets(run: Run[HostSeams]) -> None:
    """Each local disk of a server that wants encryption has one.  Raises DiskSecretAway,
    and then nothing new is kept."""
    instance = run.instance
    if not wants_encryption(instance):
        return
    bare = [one for one in instance.block_devices if _is_local(one) and not secret_of(one)]
    try:
        for device in bare:
            _note(run, device, _kept(run, device))
        if bare:
            # Known before the disks are: whoever cleans up after a crash must find it.
            run.show(device_encryption=run.changes["device_encryption"])
    except KeysUnavailable as error:
        _forget(run, bare)
        raise DiskSecretAway(uuid=instance.uuid, reason=str(error)) from error
    except NovaError:
        _forget(run, bare)
        raise


def with_disk_secrets(seams: HostSeams, context: RequestContext, guest: GuestSpec) -> GuestSpec:
    """The guest, its disks legible.  Raises DiskSecretAway."""
    keys, own = seams.keys, admin_context(context.request_id)

    def known(found: DiskEncryption | None) -> DiskEncryption | None:
        return found and with_passphrase(keys, own, guest.uuid, found)

    return replace(
        guest,
        root=replace(guest.root, encryption=known(guest.root.encryption)),
        ephemerals=tuple(replace(d, encryption=known(d.encryption)) for d in guest.ephemerals),
        swap=guest.swap and replace(guest.swap, encryption=known(guest.swap.encryption)),
    )


def with_passphrase(
    keys: KeyService, context: RequestContext, uuid: str, found: DiskEncryption
) -> DiskEncryption:
    """Raises DiskSecretAway."""
    try:
        return replace(found, passphrase=keys.passphrase(context, found.secret_id))
    except (KeysUnavailable, SecretNotFound) as error:
        raise DiskSecretAway(uuid=uuid, reason=str(error)) from error


def forget_disk_secrets(run: Run[Any]) -> None:
    """With the disks; what cannot be forgotten is told to operators."""
    _forget(run, run.instance.block_devices)


def secret_of(device: BlockDevice) -> str | None:
    return device.encryption_secret_uuid if device.known("encryption_secret_uuid") else None


def new_passphrase() -> str:
    return secrets.token_hex(BYTES)


def forget_secret(keys: KeyService, context: RequestContext, secret: str, uuid: str) -> bool:
    """Whether it is forgotten."""
    try:
        keys.forget(context, secret)
    except NovaError as error:
        LOG.warning("Secret %s of server %s stays: %s", secret, uuid, error)
        return False
    return True


def _kept(run: Run[HostSeams], device: BlockDevice) -> dict[str, Any]:
    name = f"Disk secret for instance {run.instance.uuid} and disk {device.uuid}"
    own = admin_context(run.context.request_id)
    return {
        "encrypted": True,
        "encryption_format": _format(run),
        "encryption_secret_uuid": run.seams.keys.keep(own, name, new_passphrase()),
    }


def _format(run: Run[HostSeams]) -> str:
    """The flavor's, the image's (they agree), the operator's."""
    specs, properties = run.instance.flavor.extra_specs or {}, image_properties(run.instance)
    usual: str = run.seams.conf.ephemeral_storage_encryption.default_format
    return specs.get(f"{FLAVOR}_format") or properties.get(ENCRYPTION_FORMAT) or usual


def _forget(run: Run[Any], devices: Iterable[BlockDevice]) -> None:
    own = admin_context(run.context.request_id)
    for device in devices:
        secret = secret_of(device)
        if secret and forget_secret(run.seams.keys, own, secret, run.instance.uuid):
            _note(run, device, PLAIN)


def _note(run: Run[Any], device: BlockDevice, found: dict[str, Any]) -> None:
    """In our copy of the record, and in what is written with the next hand-over."""
    device.keep(found)
    known = run.changes.get("device_encryption", {})
    run.changes["device_encryption"] = {**known, device.uuid: found}


def _is_local(device: BlockDevice) -> bool:
    return device.destination_type == "local" and not device.no_device
