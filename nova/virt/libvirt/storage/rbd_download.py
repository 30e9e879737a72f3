"""Images read straight from the cluster where the image service keeps them."""

import itertools
import logging
from collections.abc import Iterator

from nova.context import RequestContext
from nova.errors import NovaError
from nova.virt.contract.devices import ImageRef
from nova.virt.contract.images import ImageSource, ImageStream
from nova.virt.libvirt.storage.ceph import Cluster
from nova.virt.libvirt.storage.rbd_images import snapshot_of

LOG = logging.getLogger(__name__)


class FromCluster:
    """An image source.  What is not in the cluster, or cannot be read there, comes from the
    image service as usual.  `pool` stands for the one that places of images name, if any."""

    def __init__(self, source: ImageSource, cluster: Cluster, pool: str | None) -> None:
        self._source = source
        self._cluster = cluster
        self._pool = pool or None

    def look(self, image_id: str) -> ImageRef:
        return self._source.look(image_id)

    def fetch(self, image_id: str) -> ImageStream:
        image = self._source.look(image_id)
        try:
            chunks = self._read(image)
        except NovaError as error:
            LOG.warning("Image %s cannot be read from its cluster: %s", image_id, error)
            chunks = None
        return self._source.fetch(image_id) if chunks is None else ImageStream(chunks, image)

    def copy(self, image_id: str, store: str) -> None:
        self._source.copy(image_id, store)

    def certificate(self, certificate_id: str, context: RequestContext | None) -> bytes:
        return self._source.certificate(certificate_id, context)

    def _read(self, image: ImageRef) -> Iterator[bytes] | None:
        """From its first byte on, so that whatever fails at once does so here."""
        place = next(filter(None, map(self._place, image.locations)), None)
        if place is None:
            return None
        chunks = self._cluster.read(place)
        return itertools.chain([next(chunks, b"")], chunks)

    def _place(self, location: str) -> str | None:
        found = snapshot_of(location, self._cluster.fsid())
        if found is None or self._pool is None:
            return found
        return f"{self._pool}/{found.partition('/')[2]}"
