"""The host's own store of images: dropping what nobody needs, fetching ahead.

An image is needed while a guest rests on it, and while a server of this host was
made of it: a disk whose base was lost, or a rebuild, would have to fetch it again.
"""

import logging
from collections.abc import Iterable

from nova.errors import NovaError
from nova.seams import HostSeams
from nova.virt.contract import ImageRef, Images

LOG = logging.getLogger(__name__)

GIB = 1024**3
# What a host answers of an image that it was asked to fetch ahead.
EXISTING, CACHED, ERROR, UNSUPPORTED = "existing", "cached", "error", "unsupported"


def tend(seams: HostSeams) -> list[str]:
    """Drop what is unused for as long as [image_cache] says; the names of what went."""
    options = seams.conf.image_cache
    if seams.driver.images is None or not options.remove_unused_base_images:
        return []
    dropped = seams.driver.images.prune(
        _needed(seams),
        unused_seconds=options.remove_unused_original_minimum_age_seconds,
        resized_seconds=options.remove_unused_resized_minimum_age_seconds,
    )
    for name in dropped:
        LOG.info("Image %s was unused and is dropped from the store", name)
    return list(dropped)


def precache(seams: HostSeams, image_ids: Iterable[str]) -> dict[str, str]:
    """Have these images here before they are needed: what became of each.  One that
    cannot be had does not keep the others."""
    images = seams.driver.images
    return {
        image_id: UNSUPPORTED if images is None else _fetched(images, image_id)
        for image_id in image_ids
    }


def reserved_gb(seams: HostSeams) -> int:
    """What the store takes of the disk, in whole GiB, the last one begun; 0 unless
    [workarounds]reserve_disk_resource_for_image_cache."""
    wanted = seams.conf.workarounds.reserve_disk_resource_for_image_cache
    if not wanted or seams.driver.images is None:
        return 0
    return -(-sum(one.disk_bytes for one in seams.driver.images.cached()) // GIB)


def _needed(seams: HostSeams) -> set[str]:
    instances = seams.store.instances(seams.host)
    return {instance.image_ref for instance in instances if instance.image_ref}


def _fetched(images: Images, image_id: str) -> str:
    try:
        return EXISTING if images.cache(ImageRef(image_id, "raw")) else CACHED
    except NovaError as error:
        LOG.warning("Image %s could not be fetched ahead: %s", image_id, error)
        return ERROR
