"""One change of the network database, and what follows once it is committed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.standalone.auth import Caller
from nova.standalone.storage import Store
from nova.standalone.timestamps import seconds

SYSTEM = Caller(roles=frozenset({"admin"}))


@dataclass
class Work:
    """A transaction in progress, who it is for, and `then`: what is done afterwards."""

    connection: sa.Connection
    caller: Caller
    now: str
    then: list[Callable[[], None]] = field(default_factory=list)
    # Documents of what was just changed, by id, where making them was needed anyway.
    fresh: dict[str, dict[str, Any]] = field(default_factory=dict)

    def insert(self, table: sa.Table, values: dict[str, Any]) -> None:
        self.connection.execute(sa.insert(table), values)

    def touch(self, table: sa.Table, row_id: str, values: dict[str, Any]) -> None:
        """Store changes of a row that has a revision."""
        changed = {
            **values,
            "updated_at": self.now,
            "revision_number": table.c.revision_number + 1,
        }
        statement = sa.update(table).where(table.c.id == row_id)
        self.connection.execute(statement.values(changed))

    def delete(self, table: sa.Table, *where: Any) -> None:
        self.connection.execute(sa.delete(table).where(*where))

    def stamps(self) -> dict[str, Any]:
        return {"created_at": self.now, "updated_at": self.now, "revision_number": 1}


class Workshop:
    """Where changes are made, one at a time. Thread safe."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    @contextmanager
    def change(self, caller: Caller = SYSTEM) -> Iterator[Work]:
        """Commit what the block did, then do what follows; nothing of both on errors."""
        with self.store.write() as connection:
            work = Work(connection, caller, seconds(self._clock.now()))
            yield work
        for step in work.then:
            step()

    @contextmanager
    def look(self, caller: Caller) -> Iterator[Work]:
        """For reading only."""
        with self.store.read() as connection:
            yield Work(connection, caller, "")
