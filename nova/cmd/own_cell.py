"""The cell that a process stands beside: the one of [database]connection."""

from oslo_config import cfg

from nova.core.clock import Clock
from nova.db.cell.store import SqlCellStore
from nova.db.configured import cell_database


def own_cell(conf: cfg.ConfigOpts, clock: Clock) -> SqlCellStore:
    """Its uuid is "": nobody else is told of it, and its bus is [DEFAULT]transport_url."""
    return SqlCellStore("", cell_database(conf, clock))
