"""The hosts in memory, refreshed by what changed.

A decision reads frozen states and asks no database.  What was decided since a
host last reported is added to its state, so that the next decision sees it.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oslo_config import cfg

from nova.core.clock import Clock
from nova.objects.cloud import Aggregate
from nova.objects.host import ComputeNode, Service
from nova.objects.store import CellStore, Stores
from nova.scheduler import images_on_hosts
from nova.scheduler.hosts import NOTHING, Amounts, HostState, ServiceView
from nova.scheduler.reading import (
    UNKNOWN_SERVICE,
    Memberships,
    Supported,
    host_state,
    service_view,
)
from nova.scheduler.table import Table

LOG = logging.getLogger(__name__)
COMPUTE = "nova-compute"
# Set, by option or aggregate, when the images of servers are weighed.
IMAGES_OPTION = "image_props_weight_multiplier"
# Clocks of database writers may differ by this much; rows read twice do no harm.
OVERLAP = timedelta(seconds=5)
# A decision whose host has not reported since then has failed there.
FORGOTTEN_AFTER = timedelta(seconds=120)
# Hosts taken in before decisions have their turn.
AT_ONCE = 100
# Reading everything again lets go of hosts that were removed.
FULL_EVERY = timedelta(minutes=10)


@dataclass
class _Known:
    """A host: what its row says, what was decided since, and the sum of both."""

    reported: HostState
    decided: dict[str, tuple[Amounts, datetime]] = field(default_factory=dict)
    state: HostState = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.add_up()

    def add_up(self) -> None:
        state = self.reported
        for taken, _moment in self.decided.values():
            state = state.after(taken)
        self.state = state

    def forget_before(self, reported: datetime | None, oldest: datetime) -> None:
        newest = max(reported, oldest) if reported else oldest
        self.decided = {k: one for k, one in self.decided.items() if one[1] >= newest}


@dataclass(frozen=True)
class _CellRead:
    services: Sequence[Service]
    nodes: Sequence[ComputeNode]


class Snapshot:
    """Thread safe.  `read_at` is when the last reading began (None: never)."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, stores: Stores) -> None:
        self._conf, self._clock, self._stores = conf, clock, stores
        self._reading, self._guard = clock.lock(), clock.lock()
        self._known: dict[str, _Known] = {}
        self._table = Table()
        self._services: dict[str, dict[str, ServiceView]] = {}
        self._changed_since: dict[str, datetime] = {}
        self._read_fully: datetime | None = None
        self._images: Mapping[str, Mapping[tuple[str, str], int]] = NOTHING
        self.aggregates: tuple[Aggregate, ...] = ()
        self.read_at: datetime | None = None
        self._strangers: set[str] = set()
        self._shared: dict[Supported, Supported] = {}

    @property
    def oldest_service(self) -> int:
        """The lowest version among the computes; 0 without any."""
        versions = [v.version for cell in self._services.values() for v in cell.values()]
        return min(versions, default=0)

    def age(self) -> timedelta:
        return timedelta.max if self.read_at is None else self._clock.now() - self.read_at

    def refresh(self, older_than: timedelta = timedelta(0)) -> bool:
        """Read what changed, unless that was done less than `older_than` ago (also by another
        thread while this one waited).  True when it was read.

        Two statements a cell and one for the aggregates.  A cell that does
        not answer keeps what is known of it.
        """
        with self._reading:
            if self.age() < older_than:
                return False
            self._read()
            return True

    def refresh_since(self, moment: datetime) -> bool:
        """Read, unless that was begun after `moment`.  True when it was read."""
        with self._reading:
            if self.read_at is not None and self.read_at > moment:
                return False
            self._read()
            return True

    def refresh_for(self, uuids: Iterable[str]) -> bool:
        """Read because a node is unknown; once for each that stays unknown, until the next
        full reading: a provider that is no node must not cost statements at every request."""
        news = set(uuids) - self._strangers
        if not news:
            return False
        self.refresh()
        self._strangers |= {uuid for uuid in news if uuid not in self._known}
        return True

    @property
    def table(self) -> Table:
        """All of them; another one after nodes were removed."""
        return self._table

    def all(self) -> list[HostState]:
        return list(self._table.all())

    def knows(self, uuid: str) -> bool:
        return uuid in self._known

    def nodes_of(self, host: str) -> list[HostState]:
        """Hosts' names compare without case."""
        name = host.lower()
        return [k.state for k in list(self._known.values()) if k.state.host.lower() == name]

    def take(self, uuid: str, server: str, taken: Amounts) -> None:
        """A server was decided to go there."""
        with self._guard:
            known = self._known.get(uuid)
            if known is not None:
                known.decided[server] = (taken, self._clock.now())
                known.add_up()
                self._table.put(known.state)

    def give_back(self, uuid: str, server: str) -> None:
        """It does not go there after all."""
        with self._guard:
            known = self._known.get(uuid)
            if known is not None and known.decided.pop(server, None) is not None:
                known.add_up()
                self._table.put(known.state)

    def _read(self) -> None:
        started = self._clock.now()
        full = self._read_fully is None or started - self._read_fully >= FULL_EVERY
        answers = self._stores.each(lambda cell: self._read_cell(cell, full))
        aggregates = tuple(self._stores.api.aggregates.find())
        images = images_on_hosts.read(self._stores) if self._wants_images(aggregates) else NOTHING
        self._images = images
        self._take_in(answers, aggregates, started, full=full)
        self.aggregates, self.read_at = aggregates, started
        if full:
            self._read_fully = started
            self._strangers = set()

    def _wants_images(self, aggregates: Sequence[Aggregate]) -> bool:
        return bool(self._conf.filter_scheduler[IMAGES_OPTION]) or any(
            IMAGES_OPTION in aggregate.metadata for aggregate in aggregates
        )

    def _read_cell(self, cell: CellStore, full: bool) -> _CellRead:
        since = None if full else self._changed_since.get(cell.uuid)
        return _CellRead(
            services=cell.services.find(binary=COMPUTE),
            nodes=cell.nodes.changed_since(since),
        )

    def _take_in(
        self,
        answers: Mapping[str, object],
        aggregates: Sequence[Aggregate],
        started: datetime,
        *,
        full: bool,
    ) -> None:
        fresh: dict[str, HostState] = {}
        for cell_uuid, answer in answers.items():
            if not isinstance(answer, _CellRead):
                LOG.warning("Cell %s cannot be read, keeping what is known: %s", cell_uuid, answer)
                continue
            if full:
                self._drop_cell(cell_uuid, {row.uuid for row in answer.nodes})
            self._services[cell_uuid] = {s.host: service_view(s) for s in answer.services}
            self._changed_since[cell_uuid] = started - OVERLAP
            for row in answer.nodes:
                fresh[row.uuid] = host_state(row, cell_uuid, self._shared)
        self._place(fresh, Memberships(aggregates, self._conf.default_availability_zone), started)

    def _drop_cell(self, cell_uuid: str, but: set[str]) -> None:
        with self._guard:
            gone = [uuid for uuid, known in self._known.items()
                    if known.reported.cell_uuid == cell_uuid and uuid not in but]
            for uuid in gone:
                del self._known[uuid]
            if gone:
                self._table = Table(known.state for known in self._known.values())

    def _place(
        self, fresh: Mapping[str, HostState], memberships: Memberships, started: datetime
    ) -> None:
        uuids = [*self._known, *(uuid for uuid in fresh if uuid not in self._known)]
        for first in range(0, len(uuids), AT_ONCE):
            # Decisions go on in between.
            with self._guard:
                for uuid in uuids[first : first + AT_ONCE]:
                    self._place_one(uuid, fresh.get(uuid), memberships, started)

    def _place_one(
        self, uuid: str, row: HostState | None, memberships: Memberships, started: datetime
    ) -> None:
        known = self._known.get(uuid)
        if known is None:
            if row is None:
                return
            known = self._known[uuid] = _Known(self._told(row, memberships))
            self._table.put(known.state)
            return
        reported = self._told(row or known.reported, memberships)
        if reported is known.reported and not known.decided:
            self._table.beat(uuid, reported.up_since)
            return
        known.reported = reported
        known.forget_before(reported.updated, started - FORGOTTEN_AFTER)
        known.add_up()
        self._table.put(known.state)

    def _told(self, state: HostState, memberships: Memberships) -> HostState:
        """The state with what services and aggregates say; the same object if all is as before."""
        service = self._services.get(state.cell_uuid, {}).get(state.host, UNKNOWN_SERVICE)
        if state.service is not UNKNOWN_SERVICE and state.service.like(service):
            state.service.seen = service.seen
            service = state.service
        said = {
            "service": service,
            "zone": memberships.zone(state.host),
            "aggregates": memberships.uuids(state.host),
            "metadata": memberships.metadata(state.host),
            "images": self._images.get(state.host, NOTHING),
        }
        if all(getattr(state, name) == value for name, value in said.items()):
            return state
        return replace(state, **said)  # type: ignore[arg-type]
