"""Where the service finds servers: in all cells, or in its own alone."""

from collections.abc import Mapping
from typing import Protocol

from nova.objects.server import Instance
from nova.objects.store import Stores
from nova.objects.store.cell import CellStore


class Servers(Protocol):
    def get(self, uuid: str) -> Instance:
        """InstanceNotFound for one that is not there, or not in a cell yet."""

    def keep(self, uuid: str, facts: Mapping[str, str]) -> None:
        """Set system metadata.  InstanceNotFound."""

    def ping(self) -> None:
        """Unavailable unless a database answers."""


class OfAllCells:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def get(self, uuid: str) -> Instance:
        return self._stores.of_instance(uuid).instances.get(uuid)

    def keep(self, uuid: str, facts: Mapping[str, str]) -> None:
        cell = self._stores.of_instance(uuid)
        cell.instances.update(uuid, {"system_metadata": dict(facts)})

    def ping(self) -> None:
        self._stores.api.ping()


class OfOneCell:
    """For a service beside each cell: it needs no way to the others."""

    def __init__(self, cell: CellStore) -> None:
        self._cell = cell

    def get(self, uuid: str) -> Instance:
        return self._cell.instances.get(uuid)

    def keep(self, uuid: str, facts: Mapping[str, str]) -> None:
        self._cell.instances.update(uuid, {"system_metadata": dict(facts)})

    def ping(self) -> None:
        self._cell.ping()
