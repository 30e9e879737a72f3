"""Since when we would have heard of a host that lives.

A host tells that it lives through the broker, a conductor and a database.  When
one of these was away, its silence says nothing about it.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from nova.core.clock import Clock
from nova.errors import Unavailable

LOG = logging.getLogger(__name__)


class Hearing:
    """`ask` sends a message to this process and raises Unavailable when it does not arrive."""

    def __init__(self, clock: Clock, ask: Callable[[], object]) -> None:
        self._clock = clock
        self._ask = ask
        self.since: datetime = clock.now()

    def listen(self) -> None:
        """Find out; to be called at intervals."""
        try:
            self._ask()
        except Unavailable as error:
            LOG.warning("Hosts cannot be heard now: %s", error)
            self.lost()

    def lost(self) -> None:
        """Something on the way of reports does not answer."""
        self.since = self._clock.now()
