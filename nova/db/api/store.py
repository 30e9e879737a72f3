"""The API store: its aggregates over one database."""

from nova.db.api.aggregates import Aggregates
from nova.db.api.builds import BuildRequests
from nova.db.api.cells import Cells
from nova.db.api.decisions import Decisions
from nova.db.api.flavors import Flavors
from nova.db.api.groups import ServerGroups
from nova.db.api.hosts import Hosts
from nova.db.api.keypairs import KeyPairs
from nova.db.api.mappings import InstanceMappings
from nova.db.api.quotas import Quotas
from nova.db.api.schema import METADATA
from nova.db.api.specs import RequestSpecs
from nova.db.engine import Database


class SqlApiStore:
    """`objects.store.ApiStore` over a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cells = Cells(database)
        self.hosts = Hosts(database)
        self.flavors = Flavors(database)
        self.keypairs = KeyPairs(database)
        self.aggregates = Aggregates(database)
        self.groups = ServerGroups(database)
        self.mappings = InstanceMappings(database)
        self.builds = BuildRequests(database)
        self.specs = RequestSpecs(database)
        self.quotas = Quotas(database)
        self.decisions = Decisions(database)

    def ping(self) -> None:
        self.database.ping()


def create_tables(database: Database) -> None:
    """Make all tables at once, in an empty database: for tests and simulation."""
    METADATA.create_all(database.engine)
