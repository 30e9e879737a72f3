"""The databases of a small cloud: an API database, cell0 and one cell."""

from oslo_config import cfg

from nova.core.clock import Clock
from nova.db import migrating
from nova.db.configured import open_stores
from nova.db.stores import SqlStores
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.standalone.configuration import database
from nova.standalone.settings import Wishes

CELL1_UUID = "c1c1c1c1-0000-4000-8000-000000000001"
_CELLS = ((CELL0_UUID, "cell0", "nova_cell0"), (CELL1_UUID, "cell1", "nova_cell1"))


def prepare(conf: cfg.ConfigOpts, clock: Clock, wishes: Wishes) -> SqlStores:
    """Made when missing, brought up to date when old.  Raises NovaError."""
    stores = open_stores(conf, clock)
    migrating.sync(stores.api.database, "api")
    known = {cell.uuid: cell.database_connection for cell in stores.api.cells.find()}
    for uuid, name, file in _CELLS:
        url = database(wishes, file)
        if uuid not in known:
            stores.api.cells.create(_mapping(uuid, name, url))
        elif known[uuid] != url:  # the state directory was moved
            stores.api.cells.update(uuid, {"database_connection": url})
        migrating.sync(stores.cell(uuid).database, "cell")
    return stores


def _mapping(uuid: str, name: str, connection: str) -> CellMapping:
    return CellMapping(
        uuid=uuid,
        name=name,
        transport_url="none:///",
        database_connection=connection,
        disabled=False,
    )
