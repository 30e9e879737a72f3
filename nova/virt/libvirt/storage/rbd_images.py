"""Images that the image service keeps in the cluster where the disks are."""

import logging
from urllib.parse import unquote

from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadImage, ImageUnavailable
from nova.virt.contract.images import ImageSource
from nova.virt.libvirt.storage.backend import Elsewhere
from nova.virt.libvirt.storage.ceph import Cluster
from nova.virt.libvirt.storage.store_copy import StoreCopy

LOG = logging.getLogger(__name__)
SCHEME = "rbd://"


class NearbyImages:
    """Only plain bytes can be a disk as they are.  With `copies`, the image service is
    asked to bring an image here first; with `only_nearby`, one that is not here is
    refused rather than fetched and imported."""

    def __init__(
        self,
        cluster: Cluster,
        source: ImageSource,
        copies: StoreCopy | None,
        *,
        only_nearby: bool,
    ) -> None:
        self._cluster = cluster
        self._source = source
        self._copies = copies
        self._only_nearby = only_nearby

    def find(self, image: ImageRef) -> Elsewhere | None:
        """Raises BadImage, ImageUnavailable."""
        found = self._find(image)
        if found is None and self._only_nearby:
            reason = "it is not in the storage cluster, and may not be fetched to be put there"
            raise BadImage(image_id=image.image_id, reason=reason)
        return found

    def _find(self, image: ImageRef) -> Elsewhere | None:
        known = self._ask(image.image_id)
        if known.disk_format.lower() != "raw":
            return None
        found = self._here(known)
        if found is None and self._copies is not None:
            self._copies.bring(known.image_id)
            found = self._here(self._ask(known.image_id))
        return found

    def _ask(self, image_id: str) -> ImageRef:
        try:
            return self._source.look(image_id)
        except NovaError as error:
            raise ImageUnavailable(image_id=image_id, reason=error.message) from error

    def _here(self, image: ImageRef) -> Elsewhere | None:
        for location in image.locations:
            snapshot = snapshot_of(location, self._cluster.fsid())
            facts = self._cluster.image(snapshot) if snapshot else None
            if snapshot and facts is not None:
                return Elsewhere(snapshot, int(facts["size"]))
        LOG.info("Image %s is not in this cluster", image.image_id)
        return None


def snapshot_of(location: str, fsid: str) -> str | None:
    """pool/image@snapshot of rbd://fsid/pool/image/snapshot; None: it is elsewhere."""
    if not location.startswith(SCHEME):
        return None
    parts = [unquote(part) for part in location.removeprefix(SCHEME).split("/")]
    if len(parts) != 4 or not all(parts) or parts[0] != fsid:
        return None
    if any(part.startswith("-") or "/" in part or "@" in part for part in parts):
        return None
    return f"{parts[1]}/{parts[2]}@{parts[3]}"


def location_of(fsid: str, pool: str, image: str, snapshot: str) -> str:
    return f"{SCHEME}{fsid}/{pool}/{image}/{snapshot}"
