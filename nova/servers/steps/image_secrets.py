"""What images are encrypted with: the secret of an image is its owner's, as the image is,
and is had with the token of whoever asks.  So nobody is helped to read an image that he
has no right to."""

from collections.abc import Mapping
from dataclasses import replace

from nova.core.workflow import Run
from nova.seams import HostSeams
from nova.servers.steps.disk_secrets import with_passphrase
from nova.servers.steps.guest_spec import image_properties, image_ref
from nova.servers.steps.image_properties import ENCRYPTION_FORMAT, SECRET
from nova.virt.contract import DiskEncryption, ImageRef


def own_image(run: Run[HostSeams]) -> ImageRef | None:
    """That of the server which is to be made, as the request tells of it.  Raises
    DiskSecretAway."""
    image = image_ref(run.progress.get("image") or {})
    return legible(run, image, image_properties(run.instance))


def legible(
    run: Run[HostSeams], image: ImageRef | None, properties: Mapping[str, str]
) -> ImageRef | None:
    """The image with what it takes to read it; `properties` are its own."""
    secret = properties.get(SECRET)
    if image is None or not secret:
        return image
    found = DiskEncryption(secret, properties.get(ENCRYPTION_FORMAT) or "luks")
    known = with_passphrase(run.seams.keys, run.context, run.instance.uuid, found)
    return replace(image, encryption=known)
