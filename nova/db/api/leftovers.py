"""What the API database keeps of servers whose records are archived."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Column, Connection, delete

from nova.db.api.groups import instance_group_member
from nova.db.api.mappings import instance_mappings
from nova.db.api.specs import request_specs
from nova.db.batches import batched
from nova.db.engine import Database

_OF_SERVERS: tuple[Column[str], ...] = (
    instance_mappings.c.instance_uuid,
    request_specs.c.instance_uuid,
    instance_group_member.c.instance_uuid,
)


def forget(database: Database, instance_uuids: Sequence[str]) -> Counter[str]:
    """Delete all of it; answers {table: rows}.  Safe to do again."""

    def work(connection: Connection) -> Counter[str]:
        gone: Counter[str] = Counter()
        for some in batched(instance_uuids):
            for column in _OF_SERVERS:
                table = column.table
                count = connection.execute(delete(table).where(column.in_(some))).rowcount
                gone[str(table.name)] += count
        return +gone

    return database.write(work)
