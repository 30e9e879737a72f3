"""Console tokens."""

from dataclasses import asdict

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
)

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, key, timestamps
from nova.db.engine import Database
from nova.objects.console import ConsoleToken, hash_of

console_auth_tokens = Table(
    "console_auth_tokens",
    METADATA,
    key(),
    *timestamps(),
    Column("token_hash", NAME, nullable=False),
    Column("console_type", NAME, nullable=False),
    Column("host", NAME, nullable=False),
    Column("port", Integer, nullable=False),
    Column("tls_port", Integer),
    Column("internal_access_path", NAME),
    Column("instance_uuid", UUID, nullable=False),
    Column("expires", Integer, nullable=False),
    Column("access_url_base", NAME),
    UniqueConstraint("token_hash", name="uniq_console_auth_tokens0token_hash"),
    Index("console_auth_tokens_host_expires_idx", "host", "expires"),
    Index("console_auth_tokens_instance_uuid_idx", "instance_uuid"),
    Index("console_auth_tokens_token_hash_instance_uuid_idx", "token_hash", "instance_uuid"),
)


def drop_of_instance(connection: Connection, uuid: str) -> None:
    connection.execute(
        delete(console_auth_tokens).where(console_auth_tokens.c.instance_uuid == uuid)
    )


_KEPT = (
    "instance_uuid", "console_type", "host", "port", "expires", "tls_port",
    "internal_access_path", "access_url_base",
)  # fmt: skip
_VALID = select(*(console_auth_tokens.c[name] for name in _KEPT)).where(
    console_auth_tokens.c.token_hash == bindparam("hash"),
    console_auth_tokens.c.expires > bindparam("now"),
)


class ConsoleTokens:
    """`objects.store.cell.ConsoleTokens` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def grant(self, secret: str, token: ConsoleToken) -> None:
        now = self._database.clock.now()
        row = {**asdict(token), "token_hash": hash_of(secret), "created_at": now}
        self._database.write(
            lambda connection: connection.execute(insert(console_auth_tokens), row)
        )

    def find(self, secret: str) -> ConsoleToken | None:
        given = {"hash": hash_of(secret), "now": self._now()}
        row = self._database.read(lambda connection: connection.execute(_VALID, given).first())
        return None if row is None else ConsoleToken(**row._mapping)

    def drop(self, instance_uuid: str) -> None:
        self._database.write(lambda connection: drop_of_instance(connection, instance_uuid))

    def drop_expired(self) -> int:
        query = delete(console_auth_tokens).where(console_auth_tokens.c.expires <= self._now())
        return self._database.write(lambda connection: connection.execute(query).rowcount)

    def _now(self) -> int:
        return int(self._database.clock.now().timestamp())
