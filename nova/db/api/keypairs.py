"""Key pairs of users."""

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Enum,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from nova.db.api.schema import METADATA
from nova.db.columns import NAME, key, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.rows import Fields
from nova.objects.cloud import KeyPair
from nova.objects.store.errors import (
    KeypairExists,
    KeypairLimitExceeded,
    KeypairNotFound,
    MarkerNotFound,
)
from nova.objects.store.page import Page

key_pairs = Table(
    "key_pairs",
    METADATA,
    key(),
    *timestamps(),
    Column("name", NAME, nullable=False),
    Column("user_id", NAME, nullable=False),
    Column("fingerprint", NAME),
    Column("public_key", Text),
    Column("type", Enum("ssh", "x509", name="keypair_types"), nullable=False, server_default="ssh"),
    UniqueConstraint("user_id", "name", name="uniq_key_pairs0user_id0name"),
)

FIELDS = Fields(KeyPair, key_pairs)
_OF_USER = select(*FIELDS.columns).where(key_pairs.c.user_id == bindparam("user"))
_ONE = _OF_USER.where(key_pairs.c.name == bindparam("wanted"))
_COUNT = select(func.count(key_pairs.c.id)).where(key_pairs.c.user_id == bindparam("user"))


class KeyPairs:
    """`objects.store.api.KeyPairs` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str, name: str) -> KeyPair:
        found = self._database.read(lambda connection: _find(connection, user_id, name))
        if found is None:
            raise KeypairNotFound(user_id=user_id, name=name)
        return found

    def find(self, user_id: str, page: Page) -> list[KeyPair]:
        paged = page.limit is not None or page.marker is not None
        query = _OF_USER.order_by(key_pairs.c.name if paged else key_pairs.c.id)

        def work(connection: Connection) -> list[KeyPair]:
            limited = query.limit(page.limit)
            if page.marker is not None:
                if _find(connection, user_id, page.marker) is None:
                    raise MarkerNotFound(marker=page.marker)
                limited = limited.where(key_pairs.c.name > page.marker)
            return [FIELDS.make(row) for row in connection.execute(limited, {"user": user_id})]

        return self._database.read(work)

    def create(self, keypair: KeyPair, limit: int) -> KeyPair:
        values = FIELDS.of(keypair, created_at=self._database.clock.now())

        def work(connection: Connection) -> KeyPair:
            if limit >= 0 and _count(connection, keypair.user_id) >= limit:
                raise KeypairLimitExceeded()
            connection.execute(insert(key_pairs), values)
            found = _find(connection, keypair.user_id, keypair.name)
            assert found is not None
            return found

        try:
            return self._database.write(work)
        except Duplicate:
            raise KeypairExists(name=keypair.name) from None

    def delete(self, user_id: str, name: str) -> None:
        query = delete(key_pairs).where(key_pairs.c.user_id == user_id, key_pairs.c.name == name)
        if self._database.write(lambda connection: connection.execute(query).rowcount) == 0:
            raise KeypairNotFound(user_id=user_id, name=name)

    def count(self, user_id: str) -> int:
        return self._database.read(lambda connection: _count(connection, user_id))


def _find(connection: Connection, user_id: str, name: str) -> KeyPair | None:
    row: Any = connection.execute(_ONE, {"user": user_id, "wanted": name}).first()
    return None if row is None else FIELDS.make(row)


def _count(connection: Connection, user_id: str) -> int:
    return int(connection.execute(_COUNT, {"user": user_id}).scalar() or 0)
