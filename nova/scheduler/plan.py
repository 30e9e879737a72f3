"""The plan: frozen hosts in, one place for every server out.  Nothing is claimed here."""

import dataclasses
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from nova.clients.placement.contract import AllocationRequest
from nova.scheduler.candidates import Offer, Room
from nova.scheduler.explain import PLACEMENT, Verdict
from nova.scheduler.field import Field
from nova.scheduler.filters import Check, Refusal
from nova.scheduler.hosts import Amounts, HostState
from nova.scheduler.judges import Judging
from nova.scheduler.ranking import Weighed
from nova.scheduler.request import Request
from nova.scheduler.restrictions import restrictions
from nova.scheduler.sifting import Test, WayTest, sifted

FULL = Refusal("its room was taken meanwhile")
# Hosts that are tried, at most, for servers that have to be on one host; others wait meanwhile.
STARTS = 20


@dataclass(frozen=True)
class Place:
    """A host and the allocation to claim there."""

    host: HostState
    way: AllocationRequest


@dataclass(frozen=True)
class Placing:
    """Where one server goes: `chosen`, and where else it could (same cell);
    `weighed` and `verdicts` say why."""

    request: Request
    chosen: Place
    alternates: tuple[Place, ...] = ()
    weighed: Weighed | None = None
    verdicts: tuple[Verdict, ...] = ()


class Impossible(Exception):
    """No host is left for `request`; `verdicts` say why for each."""

    def __init__(self, request: Request, verdicts: Sequence[Verdict]) -> None:
        super().__init__(request.server)
        self.request, self.verdicts = request, tuple(verdicts)


@dataclass
class Plan:
    """Places the servers of one request, all alike but for their uuids, one after the other.

    `left` are the nodes that can take the next server, by uuid, as they are
    once the servers so far are placed, looked up when a second one is; `full`
    those that could before.
    `placed` maps servers to hosts; `excluded` (server, node) were refused by
    placement; `touched` are ways whose providers changed since `left` was
    looked through, and `moves` (node, amounts, servers) what it does not count yet.
    `taken` are ways of the offer that others went already, `ways` what is asked of each
    way for the server at hand, `requests` all servers, as they were before any was placed.
    """

    judges: Judging
    offer: Offer
    rng: random.Random
    full: dict[str, HostState] = dataclasses.field(default_factory=dict)
    placed: dict[str, str] = dataclasses.field(default_factory=dict)
    moves: list[tuple[str, Amounts, int]] = dataclasses.field(default_factory=list)
    excluded: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    verdicts: list[Verdict] = dataclasses.field(default_factory=list)
    touched: list[AllocationRequest] = dataclasses.field(default_factory=list)
    field: Field | None = None
    taken: Sequence[AllocationRequest] = ()
    ways: Sequence[WayTest] = ()
    requests: Sequence[Request] = ()

    def __post_init__(self) -> None:
        self.room = Room(self.offer)
        for way in self.taken:
            self.room.take(way)

    @cached_property
    def left(self) -> dict[str, HostState]:
        return {} if self.field is None else {host.uuid: host for host in self.field.hosts}

    def sift(self, request: Request, asked: Field) -> None:
        """Ask once what is the same for every server of the request; of `asked` hosts."""
        tests = [*self._full_already(), *restrictions(request)]
        tests += self.judges.tests(request, every_server=False)
        self.field, self.verdicts = sifted(asked, tests)

    def _full_already(self) -> list[Test]:
        full = {node for way in self.taken for node in self.room.users(way)
                if self._way(node) is None}
        check: Check = lambda host: FULL if host.uuid in full else None
        return [Test(PLACEMENT, check)] if full else []

    def place_all(self, requests: Sequence[Request], alternates: int) -> list[Placing]:
        """Every server.  Those that have to be on one host go where the first goes: while that
        has no room for all, the first goes elsewhere.  Raises Impossible, as the first try
        had it."""
        self.requests = requests
        first: Impossible | None = None
        for _ in range(STARTS):
            placings: list[Placing] = []
            try:
                for request in requests:
                    placings.append(self.place(request, alternates))
                return placings
            except Impossible as impossible:
                first = first or impossible
                if not placings or not self.together:
                    break
                self._withdraw_all(placings)
        assert first is not None
        raise first

    def elsewhere(self, placings: Sequence[Placing], alternates: int) -> list[Placing]:
        """All servers once more, none where it was.  Raises Impossible."""
        self._withdraw_all(placings)
        return self.place_all(self.requests, alternates)

    @property
    def together(self) -> bool:
        """Whether these are several servers that have to be on one host."""
        group = self.requests[0].group if len(self.requests) > 1 else None
        return group is not None and group.policy == "affinity"

    def place(self, request: Request, alternates: int) -> Placing:
        """The next server.  Raises Impossible; the plan is then as before."""
        for server, host in self.placed.items():
            request = request.after(server, host)
        self._catch_up()
        left, full = self._for(request)
        self.ways = self.judges.ways(request)
        tests = self.judges.tests(request, every_server=True)
        tests += [self._some_way(self.ways[: number + 1]) for number in range(len(self.ways))]
        left, refused = sifted(left, tests)
        verdicts = (*self.verdicts, *full, *refused)
        if not len(left):
            raise Impossible(request, verdicts)
        placing = self._chosen(request, left, alternates, verdicts)
        self._move(placing.request, placing.chosen, 1)
        self.placed[request.server] = placing.chosen.host.host
        return placing

    def _some_way(self, tests: Sequence[WayTest]) -> Test:
        """Whether one way passes all; the last of them is to blame."""
        last = tests[-1]

        def check(host: HostState) -> Refusal | None:
            return None if self._way(host.uuid, host, tests) else last.refusal

        return Test(last.name, check)

    def withdraw(self, placing: Placing) -> None:
        """Its place will not do: as if it had not been placed, and never there again."""
        server = placing.request.server
        self.excluded.add((server, placing.chosen.host.uuid))
        self.placed.pop(server, None)
        self._move(placing.request, placing.chosen, -1)

    def _withdraw_all(self, placings: Sequence[Placing]) -> None:
        for placing in placings:
            self.withdraw(placing)

    def _move(self, request: Request, place: Place, servers: int) -> None:
        """A server comes to a place (or, with -1, leaves it)."""
        self.room.take(place.way, servers)
        self.moves.append((place.host.uuid, request.taken.by(place.way), servers))
        self.touched.append(place.way)

    def _catch_up(self) -> None:
        """Count what was moved, and tell those that can take another server from those that
        are full."""
        for uuid, taken, servers in self.moves:
            known = self.left if uuid in self.left else self.full
            known[uuid] = known[uuid].after(taken, servers)
        if self.moves:
            self.field = None
        self.moves.clear()
        while self.touched:
            for uuid in self.room.users(self.touched.pop()):
                here, there = (self.full, self.left)
                if self._way(uuid) is None:
                    here, there = there, here
                if uuid in here:
                    there[uuid] = here.pop(uuid)

    def _for(self, request: Request) -> tuple[Field, list[Verdict]]:
        """The hosts that can take this server, and verdicts of those that no longer can."""
        if self.field is not None and not self.full and not self.excluded:
            return self.field, []
        not_there = {node for server, node in self.excluded if server == request.server}
        full = [*self.full.values(), *(self.left[u] for u in not_there if u in self.left)]
        left = [host for uuid, host in self.left.items() if uuid not in not_there]
        return Field(left), [Verdict(host, PLACEMENT, FULL) for host in full]

    def _way(
        self, uuid: str, host: HostState | None = None, tests: Sequence[WayTest] = ()
    ) -> AllocationRequest | None:
        """The first of a node that there is room for, and that all tests let pass."""
        return next(
            (way for way in self.offer.ways.get(uuid, ()) if self.room.fits(way)
             and (host is None or all(test.check(host, way) for test in tests))),
            None,
        )

    def _chosen(
        self,
        request: Request,
        left: Field,
        alternates: int,
        verdicts: tuple[Verdict, ...],
    ) -> Placing:
        weighed = self.judges.weigh(request, left)
        ahead = self.judges.order(request, weighed, alternates + 1, self.rng)
        others = _same_cell(weighed, ahead, alternates)
        return Placing(
            request=request,
            chosen=self._place(request, left.host(ahead[0])),
            alternates=tuple(self._place(request, left.host(index)) for index in others),
            weighed=weighed,
            verdicts=verdicts,
        )

    def _place(self, request: Request, host: HostState) -> Place:
        way = self._way(host.uuid, host, self.ways)
        if way is None:
            raise Impossible(request, [Verdict(host, PLACEMENT, FULL)])
        return Place(host, way)


def _same_cell(weighed: Weighed, ahead: Sequence[int], count: int) -> list[int]:
    """The next best `count` in the cell of the first; more are looked at while too few are."""
    first, hosts = ahead[0], weighed.field
    cell, looked = hosts.host(first).cell_uuid, len(ahead)
    while True:
        near = [i for i in ahead if i != first and hosts.host(i).cell_uuid == cell][:count]
        if len(near) == count or looked >= len(hosts):
            return near
        looked *= 8
        ahead = weighed.foremost(looked)
