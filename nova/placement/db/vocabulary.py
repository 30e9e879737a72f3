"""Names and their ids, kept in memory.

Ids of names never change, so a hit is always right; a miss asks the database
once more, because another process may have added the name.  Only committed
rows get in: adding happens in a transaction of its own.
"""

from collections.abc import Mapping
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy import exc

from nova.placement.db import stamp
from nova.placement.db.engine import Database
from nova.placement.db.schema import CLASSES, CONSUMER_TYPES, PROJECTS, TRAITS, USERS

# A table of external ids grows with the cloud; forget all rather than track use.
_MOST_REMEMBERED = 50_000


class Names:
    """All the names of one small table, both ways."""

    def __init__(self, table: sa.Table) -> None:
        self._query = sa.select(table.c.id, table.c.name)
        self._ids: Mapping[str, int] = {}
        self._names: Mapping[int, str] = {}

    def load(self, connection: sa.Connection) -> None:
        rows = connection.execute(self._query).all()
        self._ids = {name: number for number, name in rows}
        self._names = dict(rows)

    def id(self, connection: sa.Connection, name: str) -> int | None:
        if name not in self._ids:
            self.load(connection)
        return self._ids.get(name)

    def cached(self, name: str) -> int | None:
        """The id if it is in memory, which costs no connection."""
        return self._ids.get(name)

    def name(self, connection: sa.Connection, number: int) -> str:
        if number not in self._names:
            self.load(connection)
        return self._names[number]

    def known(self) -> Mapping[int, str]:
        """Names by id, as of the last load."""
        return self._names


class Keys:
    """Ids of external names, which are added when first used."""

    def __init__(self, table: sa.Table, column: str) -> None:
        self._table = table
        self._column = table.c[column]
        self._ids: dict[str, int] = {}

    def id(self, database: Database, name: str) -> int:
        found = self._ids.get(name)
        if found is None:
            found = self._find_or_add(database, name)
            if len(self._ids) >= _MOST_REMEMBERED:
                self._ids = {}
            self._ids[name] = found
        return found

    def _find_or_add(self, database: Database, name: str) -> int:
        query = sa.select(self._table.c.id).where(self._column == name)
        found = database.read(lambda connection: connection.scalar(query))
        if found is not None:
            return int(found)
        row = {self._column.name: name, "created_at": stamp.now(database.clock)}
        with suppress(exc.IntegrityError):  # somebody else added it just now
            database.write(lambda connection: connection.execute(sa.insert(self._table), row))
        return int(database.read(lambda connection: connection.execute(query).scalar_one()))


class Vocabulary:
    """Every kind of name a placement process translates."""

    def __init__(self) -> None:
        self.classes = Names(CLASSES)
        self.traits = Names(TRAITS)
        self.projects = Keys(PROJECTS, "external_id")
        self.users = Keys(USERS, "external_id")
        self.consumer_types = Keys(CONSUMER_TYPES, "name")
