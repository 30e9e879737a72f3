"""Which moves of servers there are, for those who hold something for one."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from nova.db.batches import batched
from nova.db.cell.migrations import migrations
from nova.db.engine import Database


def known(database: Database, uuids: Sequence[str]) -> set[str]:
    """Those of `uuids` that are moves."""

    def work(connection: Connection) -> set[str]:
        found: set[str] = set()
        for some in batched(uuids):
            query = select(migrations.c.uuid).where(
                migrations.c.uuid.in_(some), migrations.c.deleted == 0
            )
            found.update(connection.execute(query).scalars())
        return found

    return database.read(work)
