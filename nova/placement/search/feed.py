"""Keep a mirror equal to the database, at the price of what changed.

Every write that matters to a search moves its provider's generation, or else
its time of change (`db.stamp.after`).  So the sums of both tell
whether anything changed; what changed lately comes with them, and only where that
does not explain the difference are the sums of blocks of ids compared.  Everything
happens in one transaction that sees one state.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from nova.core.clock import Clock
from nova.placement.db import inventories, stamp
from nova.placement.db.inventories import Usage
from nova.placement.db.schema import (
    AGGREGATES,
    CLASSES,
    PROVIDER_AGGREGATES,
    PROVIDER_TRAITS,
    PROVIDERS,
    TRAITS,
)
from nova.placement.db.vocabulary import Vocabulary
from nova.placement.search.mirror import Mirror, Node

_BLOCK_BITS = 8
_CHUNK = 2000
_LONGEST_RUN = 32
# Transactions that began earlier, and clocks that differ.
_SLACK = timedelta(seconds=3)
_MOST_SETS = 20_000

Row = Sequence[Any]


class Feed:
    """What a mirror last saw of the database."""

    def __init__(self, mirror: Mirror, vocabulary: Vocabulary, dialect: str, clock: Clock) -> None:
        self._mirror = mirror
        self._vocabulary = vocabulary
        self._clock = clock
        self._queries = _Queries(dialect)
        self._blocks: dict[int, Row] = {}
        self._names: Row = ()
        self._seen: datetime | None = None
        self._trait_sets: dict[str, frozenset[int]] = {}
        self._aggregate_sets: dict[str, frozenset[str]] = {}

    def refresh(self, connection: sa.Connection) -> None:
        """Bring the mirror up to the state `connection` sees."""
        self._refresh_names(connection)
        now = stamp.now(self._clock)
        *totals, recent = connection.execute(
            self._queries.recent, {"since": (self._seen or now) - _SLACK}
        ).one()
        wanted = tuple(int(one or 0) for one in totals)
        if wanted != self._mirror.totals and self._mirror.nodes:
            self._refresh_recent(connection, recent or "")
        if wanted != self._mirror.totals:
            self._refresh_blocks(connection)
        self._seen = now

    def _refresh_recent(self, connection: sa.Connection, recent: str) -> None:
        """Read what changed lately, which as a rule is all that changed."""
        stale = []
        for entry in recent.split(","):
            number, _, state = entry.partition(":")
            node = self._mirror.nodes.get(int(number)) if state else None
            if state and (node is None or f"{node.generation}:{node.moved}" != state):
                stale.append(int(number))
        if len(stale) <= _CHUNK:
            self._replace(connection, stale)

    def _refresh_blocks(self, connection: sa.Connection) -> None:
        """Compare the sums of blocks of ids, and look into those that differ."""
        found = {row[0]: tuple(row[1:]) for row in connection.execute(self._queries.blocks)}
        present: dict[int, list[int]] = {}
        for number in self._mirror.nodes:
            present.setdefault(number >> _BLOCK_BITS, []).append(number)
        for block in present.keys() - found.keys():
            for number in present[block]:
                self._mirror.drop(number)
        changed = [
            block
            for block, totals in found.items()
            if tuple(int(one or 0) for one in totals) != self._totals(present.get(block, ()))
        ]
        for first, last in _runs(changed):
            gone = {one for block in range(first, last + 1) for one in present.get(block, ())}
            self._refresh_range(connection, first, last, gone)

    def _refresh_range(
        self, connection: sa.Connection, first: int, last: int, gone: set[int]
    ) -> None:
        bounds = {"first": first << _BLOCK_BITS, "last": ((last + 1) << _BLOCK_BITS) - 1}
        stale = []
        for number, generation, moved in connection.execute(self._queries.states, bounds).all():
            gone.discard(number)
            node = self._mirror.nodes.get(number)
            if node is None or (node.generation, node.moved) != (generation, moved):
                stale.append(number)
        for number in gone:
            self._mirror.drop(number)
        self._replace(connection, stale)

    def _totals(self, numbers: Iterable[int]) -> tuple[int, int, int, int]:
        nodes = [self._mirror.nodes[number] for number in numbers]
        return (
            len(nodes),
            sum(node.id for node in nodes),
            sum(node.generation for node in nodes),
            sum(node.moved for node in nodes),
        )

    def _replace(self, connection: sa.Connection, numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), _CHUNK):
            part = numbers[start : start + _CHUNK]
            rows = connection.execute(self._queries.rows, {"ids": part}).all()
            for node in self._nodes(connection, rows):
                self._mirror.put(node)

    def _refresh_names(self, connection: sa.Connection) -> None:
        state = tuple(connection.execute(self._queries.names).one())
        if state != self._names:
            self._vocabulary.classes.load(connection)
            self._vocabulary.traits.load(connection)
            self._mirror.forget_views()
            self._names = state

    def _nodes(self, connection: sa.Connection, rows: Sequence[Row]) -> Iterator[Node]:
        ids = [row[0] for row in rows]
        stock = _stock(connection, ids)
        traits = dict(self._pairs(connection, self._queries.traits, ids))
        aggregates = dict(self._pairs(connection, self._queries.aggregates, ids))
        for number, uuid, generation, parent, root, moved in rows:
            node = Node(number, uuid, generation, moved, parent, root or number)
            node.stock = stock.get(number, {})
            node.traits = self._trait_set(traits.get(number, ""))
            node.aggregates = self._aggregate_set(aggregates.get(number, ""))
            yield node

    def _pairs(
        self, connection: sa.Connection, query: sa.Select[Any], ids: Sequence[int]
    ) -> Iterator[tuple[int, str]]:
        for row in connection.execute(query, {"ids": ids}):
            yield row[0], row[1]

    def _trait_set(self, listed: str) -> frozenset[int]:
        """Many providers have the same traits: keep each set once."""
        if listed not in self._trait_sets:
            _limit(self._trait_sets)
            self._trait_sets[listed] = frozenset(int(one) for one in listed.split(",") if one)
        return self._trait_sets[listed]

    def _aggregate_set(self, listed: str) -> frozenset[str]:
        if listed not in self._aggregate_sets:
            _limit(self._aggregate_sets)
            self._aggregate_sets[listed] = frozenset(one for one in listed.split(",") if one)
        return self._aggregate_sets[listed]


class _Queries:
    """The statements of a feed, in the words of one kind of database."""

    def __init__(self, dialect: str) -> None:
        block = PROVIDERS.c.id.op(">>")(_BLOCK_BITS)
        seconds = _seconds(PROVIDERS.c.updated_at, dialect)
        moved = sa.func.coalesce(seconds, 0)
        ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
        totals = (
            sa.func.count(),
            sa.func.sum(PROVIDERS.c.id),
            sa.func.sum(PROVIDERS.c.generation),
            sa.func.sum(seconds),
        )
        state = _chained(dialect, PROVIDERS.c.id, PROVIDERS.c.generation, moved)
        since = sa.bindparam("since", type_=sa.DateTime)
        lately = sa.case((PROVIDERS.c.updated_at >= since, state))
        self.recent = sa.select(*totals, _joined(lately, dialect))
        self.blocks = sa.select(block, *totals).group_by(block)
        self.states = sa.select(PROVIDERS.c.id, PROVIDERS.c.generation, moved).where(
            PROVIDERS.c.id.between(sa.bindparam("first"), sa.bindparam("last"))
        )
        self.rows = sa.select(
            PROVIDERS.c.id,
            PROVIDERS.c.uuid,
            PROVIDERS.c.generation,
            PROVIDERS.c.parent_provider_id,
            PROVIDERS.c.root_provider_id,
            moved,
        ).where(PROVIDERS.c.id.in_(ids))
        self.names = sa.select(*(part for table in (CLASSES, TRAITS) for part in _state(table)))
        own = PROVIDER_TRAITS.c
        self.traits = (
            sa.select(own.resource_provider_id, _joined(own.trait_id, dialect))
            .where(own.resource_provider_id.in_(ids))
            .group_by(own.resource_provider_id)
        )
        link = PROVIDER_AGGREGATES.c
        self.aggregates = (
            sa.select(link.resource_provider_id, _joined(AGGREGATES.c.uuid, dialect))
            .join(AGGREGATES, AGGREGATES.c.id == link.aggregate_id)
            .where(link.resource_provider_id.in_(ids))
            .group_by(link.resource_provider_id)
        )


def _runs(blocks: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring blocks as (first, last), none longer than a query should be."""
    first = last = None
    for block in sorted(blocks):
        if first is not None and last is not None:
            if block == last + 1 and block - first < _LONGEST_RUN:
                last = block
                continue
            yield first, last
        first = last = block
    if first is not None and last is not None:
        yield first, last


def _limit(sets: dict[str, Any]) -> None:
    if len(sets) >= _MOST_SETS:
        sets.clear()


def _stock(connection: sa.Connection, ids: Sequence[int]) -> dict[int, dict[int, Usage]]:
    stock: dict[int, dict[int, Usage]] = {}
    # Many providers have the same inventories: keep each once.
    known: dict[Usage, Usage] = {}
    for (provider_id, class_id), usage in inventories.usages(connection, ids).items():
        stock.setdefault(provider_id, {})[class_id] = known.setdefault(usage, usage)
    return stock


def _state(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """Three numbers that differ whenever names were added, removed or renamed."""
    columns = (sa.func.count(), sa.func.max(table.c.id), sa.func.max(table.c.updated_at))
    return [sa.select(column).select_from(table).scalar_subquery() for column in columns]


def _seconds(moment: sa.ColumnElement[Any], dialect: str) -> sa.ColumnElement[Any]:
    if dialect == "sqlite":
        return sa.cast(sa.func.strftime("%s", moment), sa.Integer)
    if dialect == "postgresql":
        return sa.cast(sa.func.extract("epoch", moment), sa.BigInteger)
    return sa.func.to_seconds(moment)


def _chained(dialect: str, *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The values of `columns` with colons between."""
    if dialect != "sqlite":
        return sa.func.concat_ws(":", *columns)
    first, *others = (sa.cast(column, sa.Text) for column in columns)
    text: sa.ColumnElement[Any] = first
    for other in others:
        text = text.concat(":").concat(other)
    return text


def _joined(column: sa.ColumnElement[Any], dialect: str) -> sa.ColumnElement[Any]:
    if dialect == "postgresql":
        text = sa.cast(column, sa.Text)
        ordered = aggregate_order_by(sa.literal(","), text.asc())
        return sa.func.string_agg(text, ordered)
    return sa.func.group_concat(column)
