"""Images of an aggregate, fetched by its hosts before servers need them."""

import logging
from collections.abc import Sequence

from nova.context import RequestContext
from nova.errors import NovaError
from nova.rpc.contract import NoAnswer
from nova.seams import ConductorSeams

LOG = logging.getLogger(__name__)
QUESTION = "cache_images"


class Precache:
    """At most [image_cache]precache_concurrency hosts fetch at a time, so that the image
    service is not overrun.  Nobody waits for the end: a host that failed fetches the image
    when it needs it."""

    def __init__(self, seams: ConductorSeams) -> None:
        self._seams = seams
        self._pool = seams.clock.pool("precache", seams.conf.image_cache.precache_concurrency)

    def submit(
        self, context: RequestContext, hosts: Sequence[tuple[str, str]], image_ids: Sequence[str]
    ) -> None:
        """`hosts` are (cell uuid, host)."""
        for cell_uuid, host in hosts:
            self._pool.submit(self._fetch, context, cell_uuid, host, list(image_ids))

    def close(self, timeout: float) -> None:
        self._pool.close(timeout)

    def _fetch(
        self, context: RequestContext, cell_uuid: str, host: str, image_ids: list[str]
    ) -> None:
        per_image = float(self._seams.conf.long_rpc_timeout)
        try:
            answer = self._seams.hosts.ask(
                context, cell_uuid, host, QUESTION, None, {"image_ids": image_ids},
                per_image * len(image_ids),
            )
            LOG.info("Images on %s: %s", host, answer)
        except (NoAnswer, NovaError) as error:
            LOG.warning("Host %s did not fetch images ahead: %s", host, error)
