"""Ports of guests that ran before this process did.

A host may have lost bridges, or its switch the ports, while nobody looked after it.  So all of
them are plugged in again once, beside other work; what cannot be is tried again and again.
"""

import logging
from collections.abc import Callable, Iterable

from nova.errors import NovaError
from nova.seams import HostSeams
from nova.virt.contract.errors import GuestNotFound

LOG = logging.getLogger(__name__)
Aside = Callable[[str, Callable[[], None]], bool]


class PortsOfBefore:
    """`aside` does something to a guest unless, and while, nobody else does."""

    def __init__(self, seams: HostSeams, aside: Aside) -> None:
        self._seams = seams
        self._aside = aside
        self._owed: set[str] = set()

    def owe(self, uuids: Iterable[str]) -> None:
        self._owed = set(uuids) if self._seams.driver.ports is not None else set()

    def renew(self, ending: Callable[[], bool]) -> None:
        """Try all that are left, unless the end comes."""
        for uuid in sorted(self._owed):
            if ending():
                return
            self._aside(uuid, lambda guest=uuid: self._renew(guest))  # type: ignore[misc]

    def _renew(self, uuid: str) -> None:
        assert self._seams.driver.ports is not None
        try:
            self._seams.driver.ports.renew(uuid)
        except GuestNotFound:
            LOG.debug("Guest %s is gone, and so are its ports", uuid)
        except NovaError as error:
            LOG.warning("Guest %s is not plugged in again yet: %s", uuid, error)
            return
        self._owed.discard(uuid)
