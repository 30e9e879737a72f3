"""A cell's store: its aggregates over one database."""

from nova.db.cell import (  # noqa: F401 - every table belongs to METADATA
    legacy,
    pci_devices,
    virtual_interfaces,
)
from nova.db.cell.block_devices import BlockDevices
from nova.db.cell.consoles import ConsoleTokens
from nova.db.cell.instances import Instances
from nova.db.cell.migrations import Migrations
from nova.db.cell.nodes import ComputeNodes
from nova.db.cell.operations import Operations
from nova.db.cell.past import Past
from nova.db.cell.schema import METADATA
from nova.db.cell.services import Services
from nova.db.cell.shares import Shares
from nova.db.engine import Database


class SqlCellStore:
    """`objects.store.CellStore` over a database."""

    def __init__(self, uuid: str, database: Database) -> None:
        self.uuid = uuid
        self.database = database
        self.instances = Instances(database)
        self.operations = Operations(database)
        self.services = Services(database)
        self.nodes = ComputeNodes(database)
        self.devices = BlockDevices(database)
        self.consoles = ConsoleTokens(database)
        self.migrations = Migrations(database)
        self.shares = Shares(database)
        self.past = Past(database)

    def ping(self) -> None:
        self.database.ping()


def create_tables(database: Database) -> None:
    """Make all tables at once, in an empty database: for tests and simulation."""
    METADATA.create_all(database.engine)
