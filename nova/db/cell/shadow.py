"""Where deleted rows are archived: each table's shadow has its columns, and nothing else."""

from typing import Any

from sqlalchemy import Column, Enum, MetaData, Table
from sqlalchemy.types import TypeEngine

from nova.db.cell.schema import METADATA

SHADOWS = MetaData()
# These have no rows that are marked deleted.
WITHOUT = ("console_auth_tokens", "share_mapping", "tags")


def shadow_of(table: Table) -> Table:
    """The shadow of a table, declared when first asked for."""
    name = f"shadow_{table.name}"
    if name in SHADOWS.tables:
        return SHADOWS.tables[name]
    return Table(name, SHADOWS, *(_copy(column) for column in table.columns))


def all_shadows() -> MetaData:
    for table in METADATA.sorted_tables:
        if table.name not in WITHOUT:
            shadow_of(table)
    return SHADOWS


def _copy(column: Column[object]) -> Column[object]:
    kind: TypeEngine[Any] = column.type
    if isinstance(kind, Enum):
        kind = Enum(*kind.enums, name=f"shadow_{kind.name}")
    return Column(column.name, kind, primary_key=column.primary_key, nullable=column.nullable)
