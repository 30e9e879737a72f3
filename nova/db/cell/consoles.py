"""Console tokens."""

from sqlalchemy import Column, Connection, Index, Integer, Table, UniqueConstraint, delete

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, key, timestamps

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
