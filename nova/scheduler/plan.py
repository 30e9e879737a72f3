"""The plan: frozen hosts in, one place for every server out.  Nothing is claimed here."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler.candidates import Offer, Room
from nova.scheduler.explain import PLACEMENT, Scored, Verdict
from nova.scheduler.filters import Filter, Refusal
from nova.scheduler.hosts import Amounts, HostState
from nova.scheduler.ranking import Choice, Weighed, weigh
from nova.scheduler.request import Request
from nova.scheduler.restrictions import restrictions
from nova.scheduler.sifting import checks_of, sifted
from nova.scheduler.weighers import Weigher

# Foremost hosts kept in the record of a decision.
REMEMBERED = 3
FULL = Refusal("its room was taken meanwhile")


@dataclass(frozen=True)
class Judges:
    """Who decides, and how one of the best is picked."""

    filters: Sequence[Filter]
    weighers: Sequence[Weigher]
    choice: Choice


@dataclass(frozen=True)
class Place:
    """A host and the allocation to claim there."""

    host: HostState
    way: AllocationRequest


@dataclass(frozen=True)
class Placing:
    """Where one server goes: `chosen`, and where else it could (same cell)."""

    request: Request
    chosen: Place
    alternates: tuple[Place, ...] = ()
    best: tuple[Scored, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class Impossible(Exception):
    """No host is left for `request`; `verdicts` say why for each."""

    def __init__(self, request: Request, verdicts: Sequence[Verdict]) -> None:
        super().__init__(request.server)
        self.request, self.verdicts = request, tuple(verdicts)


@dataclass
class Plan:
    """Places the servers of one request, all alike but for their uuids, one after the other.

    `hosts` are the offered nodes as they are once the servers so far are
    placed; `placed` maps those servers to hosts.  `lasting` are the nodes that
    passed what is the same for every server; `excluded` (server, node) were
    refused by placement.
    """

    judges: Judges
    offer: Offer
    hosts: dict[str, HostState]
    rng: random.Random
    room: Room
    placed: dict[str, str] = field(default_factory=dict)
    excluded: set[tuple[str, str]] = field(default_factory=set)
    lasting: list[HostState] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def sift(self, request: Request) -> None:
        """Ask once what is the same for every server of the request."""
        checks = restrictions(request)
        checks += checks_of(self.judges.filters, request, every_server=False)
        self.lasting, self.verdicts = sifted(list(self.hosts.values()), checks)

    def place(self, request: Request, alternates: int) -> Placing:
        """The next server.  Raises Impossible; the plan is then as before."""
        for server, host in self.placed.items():
            request = request.after(server, host)
        left, full = self._with_room(request)
        left, refused = sifted(left, checks_of(self.judges.filters, request, every_server=True))
        verdicts = (*self.verdicts, *full, *refused)
        if not left:
            raise Impossible(request, verdicts)
        placing = self._chosen(request, left, alternates, verdicts)
        self._take(placing)
        return placing

    def withdraw(self, placing: Placing) -> None:
        """Placement refused it: as if it had not been placed, and never there again."""
        node, server = placing.chosen.host.uuid, placing.request.server
        self.excluded.add((server, node))
        self.placed.pop(server, None)
        self.room.take(placing.chosen.way, -1)
        self.hosts[node] = self.hosts[node].after(negated(placing.request.taken), servers=-1)

    def _take(self, placing: Placing) -> None:
        chosen = placing.chosen
        self.placed[placing.request.server] = chosen.host.host
        self.room.take(chosen.way)
        self.hosts[chosen.host.uuid] = chosen.host.after(placing.request.taken)

    def _with_room(self, request: Request) -> tuple[list[HostState], list[Verdict]]:
        """The hosts, as they are by now, that still have a way for it."""
        if not self.placed and not self.excluded:
            return self.lasting, []
        now = [self.hosts[host.uuid] for host in self.lasting]
        full = [host for host in now if self._way(request, host) is None]
        gone = {host.uuid for host in full}
        left = [host for host in now if host.uuid not in gone] if gone else now
        return left, [Verdict(host, PLACEMENT, FULL) for host in full]

    def _way(self, request: Request, host: HostState) -> AllocationRequest | None:
        if (request.server, host.uuid) in self.excluded:
            return None
        ways = self.offer.ways.get(host.uuid, ())
        return next((way for way in ways if self.room.fits(way)), None)

    def _chosen(
        self,
        request: Request,
        left: Sequence[HostState],
        alternates: int,
        verdicts: tuple[Verdict, ...],
    ) -> Placing:
        weighed = weigh(self.judges.weighers, request, left)
        ahead = self.judges.choice.order(weighed, alternates + 1, self.rng)
        others = _same_cell(weighed, ahead, alternates)
        return Placing(
            request=request,
            chosen=self._place(request, left[ahead[0]]),
            alternates=tuple(self._place(request, left[index]) for index in others),
            best=tuple(weighed.scored(index) for index in ahead[:REMEMBERED]),
            verdicts=verdicts,
        )

    def _place(self, request: Request, host: HostState) -> Place:
        way = self._way(request, host)
        if way is None:
            raise Impossible(request, [Verdict(host, PLACEMENT, FULL)])
        return Place(host, way)


def _same_cell(weighed: Weighed, ahead: Sequence[int], count: int) -> list[int]:
    """The next best `count` in the cell of the first: all are looked at only when the
    foremost are not enough."""
    first, hosts = ahead[0], weighed.hosts
    cell = hosts[first].cell_uuid
    near = [index for index in ahead[1:] if hosts[index].cell_uuid == cell][:count]
    if len(near) == count or len(ahead) == len(hosts):
        return near
    everyone = weighed.foremost(len(hosts))
    same = (i for i in everyone if i != first and hosts[i].cell_uuid == cell)
    return list(same)[:count]


def negated(taken: Amounts) -> Amounts:
    return Amounts(-taken.vcpus, -taken.memory_mb, -taken.disk_mb)
