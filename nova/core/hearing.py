"""Whether silence says anything.

A host tells that it lives through the broker, a conductor and a database.  While
one of these was away nobody was heard, and the time does not count as silence.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from nova.core.clock import Clock
from nova.errors import Unavailable

LOG = logging.getLogger(__name__)


class Hearing:
    """Knows the last time in which hosts could not be heard.

    `deaf_before`: nobody listened before now, so that earlier silence does not count.
    """

    def __init__(self, clock: Clock, *, deaf_before: bool = False) -> None:
        self._clock = clock
        self._heard = clock.now()
        self._deaf = False
        began = self._heard - timedelta(days=36500) if deaf_before else self._heard
        self._outage = (began, self._heard)

    def listen(self, ask: Callable[[], object]) -> None:
        """Find out, at intervals: `ask` sends a message to this very process, and raises
        Unavailable when it does not come back."""
        try:
            ask()
        except Unavailable as error:
            LOG.warning("Hosts cannot be heard now: %s", error)
            self.lost()
            return
        self._heard = self._clock.now()
        if self._deaf:
            self._outage = (self._outage[0], self._heard)
            self._deaf = False

    def lost(self) -> None:
        """Something on the way of reports does not answer."""
        now = self._clock.now()
        if not self._deaf:
            self._outage = (self._heard, now)
            self._deaf = True
        self._outage = (self._outage[0], now)

    def grace(self, patience: timedelta) -> timedelta:
        """What to add to `patience`, the longest silence of one that lives.

        What happened since we last heard ourselves is not known: an outage may have
        begun, and even ended, without our having noticed yet.
        """
        now, (began, ended) = self._clock.now(), self._outage
        if self._deaf:
            return now - began
        recent = ended - began if now - ended < patience else timedelta(0)
        return recent + (now - self._heard)
