"""Decisions on their way to the database: written beside the work, several at once."""

import logging
from array import array
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from oslo_config import cfg

from nova.core.clock import Clock
from nova.errors import ConfigurationFailure, Unavailable
from nova.objects.decision_packing import pack_names
from nova.objects.decisions import Decision, Findings, Ranked, Refused
from nova.objects.store.api import Decisions as Store
from nova.scheduler.explain import Record, Verdict, plain
from nova.scheduler.field import Field
from nova.scheduler.ranking import Weighed

LOG = logging.getLogger(__name__)
# Written by one statement.
AT_ONCE = 50
# Sets of hosts whose names are kept packed.
FIELDS = 16
# While the database is away no more than these wait for it; older ones are let go.
WAITING = 1000
# Seconds between two tries while it is away.
PAUSE = 2.0
# Seconds that a decision waits for others, to be written with them.
LINGER = 0.5


class Journal:
    """Thread safe.  Keeping costs the decision an append; the rest is done beside it."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, store: Store) -> None:
        options = conf.scheduling
        self._clock, self._store = clock, store
        self._days, self._most = int(options.decisions_kept_days), int(options.decision_hosts)
        self._waiting: deque[Record] = deque(maxlen=WAITING)
        self._lock, self._idle = clock.lock(), clock.event()
        self._pool = clock.pool("decisions", 1)
        # Set while nobody shall wait for others; `_settling` are those who want it so.
        self._hurry, self._settling = clock.event(), 0
        self._busy = self._closed = False
        self._names = PackedNames()
        self._idle.set()

    def keep(self, record: Record) -> None:
        if not self._days:
            return
        with self._lock:
            self._waiting.append(record)
            begin, self._busy = not self._busy, True
            self._idle.clear()
            if len(self._waiting) >= AT_ONCE:
                self._hurry.set()
        if begin:
            self._pool.submit(self._work)

    def prune(self) -> None:
        """Let go of what is older than the option says."""
        before = self._clock.now() - timedelta(days=self._days)
        with suppress(Unavailable):
            self._store.prune(before)

    def settle(self, timeout: float) -> bool:
        """Have all written now, and wait for it."""
        with self._lock:
            self._settling += 1
            self._hurry.set()
        try:
            return self._idle.wait(timeout)
        finally:
            with self._lock:
                self._settling -= 1

    def close(self, timeout: float) -> None:
        self._closed = not self.settle(timeout)

    def _work(self) -> None:
        try:
            while self._gathered() and (some := self._next()):
                self._write(some)
        finally:
            with self._lock:
                self._busy = False

    def _gathered(self) -> bool:
        self._hurry.wait(LINGER)
        return True

    def _next(self) -> list[Record]:
        with self._lock:
            if not self._settling and len(self._waiting) < 2 * AT_ONCE:
                self._hurry.clear()
            count = 0 if self._closed else min(len(self._waiting), AT_ONCE)
            some = [self._waiting.popleft() for _ in range(count)]
            if not some:
                self._busy = False
                self._idle.set()
            return some

    def _write(self, some: list[Record]) -> None:
        try:
            self._store.add([self._names.packed(decision(one, self._most)) for one in some])
        except (Unavailable, ConfigurationFailure) as error:
            LOG.warning("%d decisions wait to be written: %s", len(some), error)
            with self._lock:
                self._waiting.extendleft(reversed(some[: WAITING - len(self._waiting)]))
            self._clock.sleep(PAUSE)


def decision(record: Record, most: int) -> Decision:
    """`most` hosts are told of."""
    ranked, omitted = _ranked(record.weighed, most)
    refused = record.verdicts[: max(most - len(ranked.hosts), 0)]
    chosen = record.chosen
    return Decision(
        instance_uuid=record.server,
        at=record.at,
        kind=record.kind,
        request_id=record.request_id,
        host=None if chosen is None else chosen.host,
        node=None if chosen is None else chosen.nodename,
        reason=record.reason or None,
        seconds=record.seconds,
        findings=Findings(
            asked=record.asked, refused=_refused(refused), ranked=ranked, causes=record.causes,
            omitted=omitted + len(record.verdicts) - len(refused),
        ),
    )


def _ranked(weighed: Weighed | None, most: int) -> tuple[Ranked, int]:
    if weighed is None:
        return Ranked(), 0
    field = weighed.field
    if len(field) <= most:
        parts = {name: _floats(part) for name, part in weighed.parts}
        return Ranked(Names(field), parts), 0
    order = np.argsort(-weighed.scores, kind="stable")[:most]
    some = [(field.host(index).host, field.host(index).nodename) for index in order.tolist()]
    parts = {name: _floats(part[order]) for name, part in weighed.parts}
    return Ranked(some, parts), len(field) - most


class Names(Sequence[tuple[str, str]]):
    """(host, node) of the hosts of a field, looked up when somebody asks."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def __len__(self) -> int:
        return len(self.field)

    def __getitem__(self, place: Any) -> Any:
        host = self.field.host(place)
        return host.host, host.nodename

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((host.host, host.nodename) for host in self.field.hosts)


class PackedNames:
    """Many decisions in a row look at the same hosts: packed once."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[object, bytes]] = OrderedDict()

    def packed(self, decision: Decision) -> Decision:
        findings, names = decision.findings, decision.findings.ranked.hosts
        rows = names.field.rows if isinstance(names, Names) else None
        if rows is None:
            return decision
        # Its rows are kept, too, so that no others can have their id.
        found = self._known.get(id(rows))
        if found is None:
            found = self._known[id(rows)] = rows, pack_names(names)
            while len(self._known) > FIELDS:
                self._known.popitem(last=False)
        ranked = replace(findings.ranked, names=found[1])
        return replace(decision, findings=replace(findings, ranked=ranked))


def _floats(values: Any) -> "array[float]":
    found = array("f")
    found.frombytes(values.astype(np.float32).tobytes())
    return found


def _refused(verdicts: Iterable[Verdict]) -> Sequence[Refused]:
    """Hosts that were refused alike stand together."""
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for one in verdicts:
        key = one.check, one.refusal.reason, str(one.refusal.asked)
        groups.setdefault(key, []).append(one)
    return [
        Refused(
            check=check, reason=reason, asked=plain(some[0].refusal.asked),
            hosts=[(one.host.host, one.host.nodename) for one in some],
            free=[plain(one.refusal.free) for one in some],
        )
        for (check, reason, _), some in groups.items()
    ]
