"""Where servers are: what cells say, and what was decided too recently for them to know."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nova.core.clock import Clock
from nova.objects.server import Instance
from nova.objects.store import CellStore, Page, Stores
from nova.objects.store.cell import InstanceFilter

LOG = logging.getLogger(__name__)
# Until then the cell knows where the server is, or it is nowhere.
RECENT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Decided:
    host: str
    at: datetime


class Whereabouts:
    """Only asked for requests with a group or hints that name servers."""

    def __init__(self, clock: Clock, stores: Stores) -> None:
        self._clock, self._stores = clock, stores
        self._recent: dict[str, _Decided] = {}

    def decided(self, server: str, host: str) -> None:
        # At the end: the oldest come first.
        self._recent.pop(server, None)
        self._recent[server] = _Decided(host, self._clock.now())

    def undecided(self, server: str) -> None:
        self._recent.pop(server, None)

    @property
    def since(self) -> datetime:
        """What was decided since then counts as much as what cells know."""
        return self._clock.now() - RECENT

    def recent(self, servers: Iterable[str]) -> dict[str, str]:
        """{server: host} of those decided lately; costs nothing."""
        self._forget()
        recent = self._recent
        return {server: recent[server].host for server in servers if server in recent}

    def known(self, servers: Iterable[str]) -> dict[str, str]:
        """{server: host} as the cells know it; one statement a cell."""
        wanted = list(servers)
        return {one.uuid: one.host for one in self._instances(wanted) if one.host}

    def home(self, server: str) -> tuple[str, str | None] | None:
        """(host, node) a server runs on; None when it has none."""
        found = next(iter(self._instances([server])), None)
        return (found.host, found.node) if found is not None and found.host else None

    def _instances(self, servers: list[str]) -> list[Instance]:
        if not servers:
            return []
        wanted = InstanceFilter(uuids=servers, include_hidden=True)
        answers = self._stores.each(lambda cell: _find(cell, wanted))
        return [one for answer in _answered(answers) for one in answer]

    def _forget(self) -> None:
        oldest = self.since
        for server, decided in list(self._recent.items()):
            if decided.at >= oldest:
                return
            self._recent.pop(server, None)


def _find(cell: CellStore, wanted: InstanceFilter) -> list[Instance]:
    return cell.instances.find(wanted, Page(), detail=False)


def _answered(answers: Mapping[str, object]) -> Iterable[list[Instance]]:
    for cell, answer in answers.items():
        if isinstance(answer, list):
            yield answer
        else:
            LOG.warning("Cell %s cannot say where its servers are: %s", cell, answer)
