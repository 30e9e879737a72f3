"""/reshaper"""

import sqlalchemy as sa

from nova.placement import versions
from nova.placement.api.handlers import allocation_schemas
from nova.placement.api.handlers.allocations import write_of
from nova.placement.api.handlers.inventories import RECORD, stock_of
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import CLASS_KEY, GENERATION, UUID_KEY, Schema, closed, keyed
from nova.placement.db import allocations
from nova.placement.db.allocations import Reshape

_INVENTORIES = keyed(
    UUID_KEY,
    closed({"resource_provider_generation": GENERATION, "inventories": keyed(CLASS_KEY, RECORD)}),
    least=1,
)
_BODY = Schema(
    {
        since: closed({"inventories": _INVENTORIES, "allocations": entry})
        for since, entry in allocation_schemas.entries(0).items()
        if since >= versions.CONSUMER_GENERATIONS
    }
)


def reshape(request: Request) -> Reply:
    body = request.json(_BODY)
    services = request.services
    writes = [write_of(request, uuid, entry) for uuid, entry in body["allocations"].items()]

    def work(connection: sa.Connection) -> None:
        reshapes = {
            uuid: Reshape(
                entry["resource_provider_generation"],
                stock_of(request, connection, uuid, entry["inventories"]),
            )
            for uuid, entry in body["inventories"].items()
        }
        names = services.vocabulary.classes.known()
        allocations.replace(connection, writes, request.now, names=names, reshapes=reshapes)

    services.database.write(work)
    return Reply(204)
