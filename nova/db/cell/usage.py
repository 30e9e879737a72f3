"""What hosts record of past periods."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint

from nova.db.cell.schema import METADATA
from nova.db.columns import NAME, UUID, Moment, key, soft_delete, timestamps

task_log = Table(
    "task_log",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("task_name", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("host", NAME, nullable=False),
    Column("period_beginning", Moment, nullable=False),
    Column("period_ending", Moment, nullable=False),
    Column("message", NAME, nullable=False),
    Column("task_items", Integer, default=0),
    Column("errors", Integer, default=0),
    UniqueConstraint(
        "task_name",
        "host",
        "period_beginning",
        "period_ending",
        name="uniq_task_log0task_name0host0period_beginning0period_ending",
    ),
    Index("ix_task_log_host", "host"),
    Index("ix_task_log_period_beginning", "period_beginning"),
    Index("ix_task_log_period_ending", "period_ending"),
)

volume_usage_cache = Table(
    "volume_usage_cache",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("volume_id", UUID, nullable=False),
    Column("instance_uuid", UUID),
    Column("project_id", UUID),
    Column("user_id", String(64)),
    Column("availability_zone", NAME),
    Column("tot_last_refreshed", Moment),
    Column("tot_reads", BigInteger, default=0),
    Column("tot_read_bytes", BigInteger, default=0),
    Column("tot_writes", BigInteger, default=0),
    Column("tot_write_bytes", BigInteger, default=0),
    Column("curr_last_refreshed", Moment),
    Column("curr_reads", BigInteger, default=0),
    Column("curr_read_bytes", BigInteger, default=0),
    Column("curr_writes", BigInteger, default=0),
    Column("curr_write_bytes", BigInteger, default=0),
)
