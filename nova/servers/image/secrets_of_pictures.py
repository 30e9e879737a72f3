"""What images of servers with encrypted disks are encrypted with.

Each has a secret of its own, which is its user's, as the image is: who is given the image
is not given the server's disks.
"""

from typing import Any

from nova.clients.image.contract import ImageMeta
from nova.clients.keys.contract import KeysUnavailable
from nova.core.workflow import Run
from nova.objects.server import Instance
from nova.seams import HostSeams
from nova.servers.steps.disk_secrets import (
    DiskSecretAway,
    forget_secret,
    new_passphrase,
    secret_of,
    with_passphrase,
)
from nova.servers.steps.image_properties import ENCRYPTED, ENCRYPTION_FORMAT, SECRET
from nova.virt.contract import DiskEncryption


def root_encrypted(instance: Instance) -> bool:
    return any(one.boot_index == 0 and secret_of(one) for one in instance.block_devices)


def secret_of_image(image: ImageMeta) -> str | None:
    found = image.properties.get(SECRET)
    return str(found) if found else None


def picture_secret(run: Run[HostSeams], image_id: str) -> DiskEncryption:
    """A new one.  Raises DiskSecretAway."""
    passphrase = new_passphrase()
    try:
        _require_user(run)
        made = run.seams.keys.keep(
            run.context, f"Disk secret for image {image_id}", passphrase
        )
    except KeysUnavailable as error:
        raise DiskSecretAway(uuid=run.instance.uuid, reason=str(error)) from error
    return DiskEncryption(made, passphrase=passphrase)


def readable(run: Run[HostSeams], secret: str) -> DiskEncryption:
    """One that was made before.  Raises DiskSecretAway."""
    _require_user(run)
    return with_passphrase(
        run.seams.keys, run.context, run.instance.uuid, DiskEncryption(secret)
    )


def forget_picture_secret(run: Run[Any], secret: str) -> None:
    forget_secret(run.seams.keys, run.context, secret, run.instance.uuid)


def properties_of(found: DiskEncryption) -> dict[str, str]:
    """What the image says of itself."""
    return {ENCRYPTED: "True", ENCRYPTION_FORMAT: found.format, SECRET: found.secret_id}


def _require_user(run: Run[HostSeams]) -> None:
    if not run.context.auth_token:
        reason = "only who asked for the image can have one"
        raise DiskSecretAway(uuid=run.instance.uuid, reason=reason)
