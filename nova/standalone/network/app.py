"""The network service put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.standalone.auth import TokenHeader, TokenValidator
from nova.standalone.network import tables as t
from nova.standalone.network.auto_topology import AutoTopology
from nova.standalone.network.binding_api import BindingApi
from nova.standalone.network.collection import Collection, Keeper
from nova.standalone.network.errors import render
from nova.standalone.network.extensions import AUTO, Extensions, Versions
from nova.standalone.network.fabric import Fabric, NetworkPlan
from nova.standalone.network.happenings import Notifier, Silence
from nova.standalone.network.networks import Networks
from nova.standalone.network.plans import all_plans
from nova.standalone.network.port_view import port_documents
from nova.standalone.network.ports import Ports
from nova.standalone.network.quotas import UNLIMITED, Quotas
from nova.standalone.network.records import RecordsFabric
from nova.standalone.network.rules import Rules
from nova.standalone.network.security_groups import SecurityGroups
from nova.standalone.network.subnets import Subnets
from nova.standalone.network.tags import Tags
from nova.standalone.network.work import Workshop
from nova.standalone.storage import Store, rows
from nova.standalone.web.application import Application, Face, Route


class _Part(Protocol):
    def routes(self) -> tuple[Route, ...]: ...


@dataclass(frozen=True, slots=True)
class Network:
    app: Application
    store: Store
    fabric: Fabric


class CloudOfRecords:
    """What the fabric asks: the wishes of the database, and where to report."""

    def __init__(self, workshop: Workshop, ports: Ports) -> None:
        self._workshop = workshop
        self._ports = ports

    def plans(self) -> Sequence[NetworkPlan]:
        with self._workshop.store.read() as connection:
            return all_plans(connection)

    def carried(self, present: Mapping[str, bool]) -> None:
        with self._workshop.change() as work:
            query = sa.select(t.PORTS).where(t.PORTS.c.id.in_(list(present)))
            for row in rows(work.connection, query):
                before = port_documents(work.connection, [row])[0]
                self._ports.settle(work, before, row["id"])


def build_network(
    validator: TokenValidator,
    clock: Clock,
    path: Path | None = None,
    fabric: Fabric | None = None,
    notifier: Notifier | None = None,
    quotas: Mapping[str, int] = UNLIMITED,
    auto_networks: bool = False,
) -> Network:
    """Open (or make) the database at `path`, in memory when None; start the fabric.

    `auto_networks` offers networks to projects that have none.
    """
    store = Store(t.METADATA, path)
    workshop = Workshop(store, clock)
    fabric = fabric or RecordsFabric()
    ports = Ports(fabric, notifier or Silence())
    parts = _parts(workshop, fabric, ports, Quotas(store, quotas), auto_networks)
    routes = [route for part in parts for route in part.routes()]
    app = Application(routes, Face(TokenHeader(validator), render))
    fabric.start(CloudOfRecords(workshop, ports))
    return Network(app, store, fabric)


def _parts(
    workshop: Workshop, fabric: Fabric, ports: Ports, quotas: Quotas, auto_networks: bool
) -> list[_Part]:
    bindings = BindingApi(ports, fabric, workshop)
    networks, subnets = Networks(fabric), Subnets(fabric)
    parts: list[_Part] = [Versions(), quotas, bindings]
    if auto_networks:
        parts += [Extensions(AUTO), AutoTopology(networks, subnets, workshop)]
    else:
        parts.append(Extensions())
    keepers: tuple[Any, ...] = (
        networks, subnets, ports, SecurityGroups(fabric), Rules(fabric),
    )  # fmt: skip
    for keeper in keepers:
        parts += _collection(keeper, workshop, quotas)
    return parts


def _collection(keeper: Keeper, workshop: Workshop, quotas: Quotas) -> list[_Part]:
    collection = Collection(keeper, workshop, quotas)
    if "tags" not in keeper.table.c:
        return [collection]
    return [collection, Tags(keeper.kind, keeper.table, collection, workshop)]
