"""The hosts in memory, refreshed by what changed.

A decision reads frozen states and asks no database.  What was decided since a
host last reported is added to its state, so that the next decision sees it.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from oslo_config import cfg

from nova.core.clock import Clock
from nova.objects.cloud import Aggregate
from nova.objects.host import ComputeNode, Pulse
from nova.objects.store import CellStore, Stores
from nova.scheduler import images_on_hosts
from nova.scheduler.heartbeats import Heartbeats
from nova.scheduler.hosts import NOTHING, Amounts, HostState
from nova.scheduler.reading import Memberships, Supported, host_state, said_by
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
AT_ONCE = 25
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

    def decide(self, server: str, taken: Amounts, moment: datetime) -> None:
        again = server in self.decided
        self.decided[server] = taken, moment
        if again:
            self.add_up()
        else:
            self.state = self.state.after(taken)

    def hear(self, reported: HostState, oldest: datetime) -> bool:
        """What the row says now; decisions from before its last report, or before `oldest`, are
        forgotten.  False when all of it is as before."""
        newest = max(reported.updated, oldest) if reported.updated else oldest
        kept = {k: one for k, one in self.decided.items() if one[1] >= newest}
        if reported is self.reported and len(kept) == len(self.decided):
            return False
        self.reported, self.decided = reported, kept
        self.add_up()
        return True


@dataclass(frozen=True)
class _CellRead:
    services: Sequence[Pulse]
    nodes: Sequence[ComputeNode]


class Snapshot:
    """Thread safe.  `read_at` is when the last reading began (None: never)."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, stores: Stores) -> None:
        self._conf, self._clock, self._stores = conf, clock, stores
        self._reading, self._guard = clock.lock(), clock.lock()
        self._known: dict[str, _Known] = {}
        self._table = Table()
        self._heartbeats = Heartbeats()
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
        return self._heartbeats.oldest

    def age(self) -> timedelta:
        return timedelta.max if self.read_at is None else self._clock.now() - self.read_at

    def refresh(self, older_than: timedelta = timedelta(0)) -> bool:
        """Read what changed, unless that was done less than `older_than` ago (also by another
        thread while this one waited).  True when it was read.

        Two statements a cell and one for the aggregates.  A cell that does
        not answer keeps what is known of it.
        """
        if self.age() < older_than:
            # Nobody waits for a reading that only somebody else wanted.
            return False
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
                known.decide(server, taken, self._clock.now())
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
        everybody = full or images != self._images or said_by(aggregates) != said_by(
            self.aggregates)
        self._images = images
        self._take_in(answers, aggregates, started, everybody=everybody, full=full)
        self.aggregates, self.read_at = aggregates, started
        if full:
            self._read_fully = started
            self._strangers = set()

    def _wants_images(self, aggregates: Sequence[Aggregate]) -> bool:
        return bool(self._conf.filter_scheduler[IMAGES_OPTION]) or any(
            IMAGES_OPTION in aggregate.metadata for aggregate in aggregates
        )

    def _read_cell(self, cell: CellStore, full: bool) -> _CellRead:
        """Nodes first: of each node that was read the service, which is older, is then read."""
        since = None if full else self._changed_since.get(cell.uuid)
        nodes = cell.nodes.changed_since(since)
        return _CellRead(services=cell.services.pulses(COMPUTE), nodes=nodes)

    def _take_in(
        self,
        answers: Mapping[str, object],
        aggregates: Sequence[Aggregate],
        started: datetime,
        *,
        everybody: bool,
        full: bool,
    ) -> None:
        """`everybody`: something may be new of any host, not only of those that were read."""
        fresh: dict[str, HostState] = {}
        changed: set[tuple[str, str]] = set()
        for cell_uuid, answer in answers.items():
            if not isinstance(answer, _CellRead):
                LOG.warning("Cell %s cannot be read, keeping what is known: %s", cell_uuid, answer)
                continue
            if full:
                self._drop_cell(cell_uuid, {row.uuid for row in answer.nodes})
            changed |= self._heartbeats.hear(cell_uuid, answer.services)
            self._changed_since[cell_uuid] = started - OVERLAP
            for row in answer.nodes:
                fresh[row.uuid] = host_state(row, cell_uuid, self._shared)
        memberships = Memberships(aggregates, self._conf.default_availability_zone)
        before = list(self._known) if everybody else self._concerned(changed, fresh)
        self._place([*before, *(uuid for uuid in fresh if uuid not in self._known)],
                    fresh, memberships, started)
        self._table.beat()

    def _concerned(
        self, changed: Collection[tuple[str, str]], fresh: Collection[str]
    ) -> list[str]:
        """Known hosts of which something is new, or may have been forgotten."""
        return [
            uuid for uuid, known in list(self._known.items())
            if known.decided or uuid in fresh
            or (changed and (known.reported.cell_uuid, known.reported.host) in changed)
        ]

    def _drop_cell(self, cell_uuid: str, but: set[str]) -> None:
        with self._guard:
            gone = [uuid for uuid, known in self._known.items()
                    if known.reported.cell_uuid == cell_uuid and uuid not in but]
            for uuid in gone:
                del self._known[uuid]
            if gone:
                self._table = Table(known.state for known in self._known.values())

    def _place(
        self, uuids: Sequence[str], fresh: Mapping[str, HostState], memberships: Memberships,
        started: datetime,
    ) -> None:
        for first in range(0, len(uuids), AT_ONCE):
            with self._guard:
                for uuid in uuids[first : first + AT_ONCE]:
                    self._place_one(uuid, fresh.get(uuid), memberships, started)
            # Decisions go on in between: who waits for the guard would not get it from one who
            # takes it again at once.
            self._clock.sleep(0)

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
        if known.hear(reported, started - FORGOTTEN_AFTER):
            self._table.put(known.state)

    def _told(self, state: HostState, memberships: Memberships) -> HostState:
        """The state with what services and aggregates say; the same object if all is as before."""
        service = self._heartbeats.view(state.cell_uuid, state.host)
        said = {
            "zone": memberships.zone(state.host),
            "aggregates": memberships.uuids(state.host),
            "metadata": memberships.metadata(state.host),
            "images": self._images.get(state.host, NOTHING),
        }
        same = all(getattr(state, name) == value for name, value in said.items())
        if same and state.service is service:
            return state
        return replace(state, service=service, **said)  # type: ignore[arg-type]
