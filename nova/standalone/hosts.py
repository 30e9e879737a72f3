"""Compute's own hosts in one process: API, conductor, scheduler and computes.

Between them messages go through memory; all else is as in processes of their own.
"""

from collections.abc import Iterable
from typing import Any

from oslo_config import cfg

from nova.api.app import build_app
from nova.api.identity.keystone import keystone
from nova.api.routes import all_routes
from nova.cmd import adapters
from nova.compute.host import ComputeHost
from nova.compute.inventory.books import HostBooks
from nova.compute.plugs import PortPlugs
from nova.conductor.host import ConductorHost
from nova.core.clock import Clock
from nova.db.configured import host_stores
from nova.db.stores import SqlStores
from nova.metadata.app import MetadataApp
from nova.metadata.servers import OfAllCells
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.rpc.inprocess import InProcessBus, InProcessBuses
from nova.rpc.relay import RelayedHostStore
from nova.scheduler.process import SchedulerProcess
from nova.seams import ApiSeams, ConductorSeams, HostSeams
from nova.servers import BY_KIND
from nova.wsgi import metadata_parts


class Hosts:
    """`conf` is that of the control services; each compute host has its own."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        computes: Iterable[cfg.ConfigOpts],
        clock: Clock,
        stores: SqlStores,
    ) -> None:
        self._conf = conf
        self._clock = clock
        self._stores = stores
        self._bus = InProcessBus(clock)
        self._buses = InProcessBuses(self._bus)
        self._clients = adapters.clients(conf, clock)
        self.conductor = self._conductor()
        self.computes = [self._compute(one) for one in computes]
        self.scheduler = SchedulerProcess(conf, clock, stores, self._clients.placement, self._bus)

    def api(self) -> Any:
        """The WSGI application."""
        seams = ApiSeams(
            conf=self._conf,
            clock=self._clock,
            stores=self._stores,
            network=self._clients.network,
            image=self._clients.image,
            identity=self._clients.identity,
            placement=self._clients.placement,
            hosts=HostCalls(self._buses),
            conductor=ConductorCalls(self._buses),
            scheduler=SchedulerCalls(self._buses),
            keys=adapters.keys(self._conf),
        )
        return build_app(self._conf, seams, all_routes(), auth=keystone(self._conf))

    def metadata(self) -> Any:
        """The WSGI application that guests ask who they are."""
        servers = OfAllCells(self._stores)
        return MetadataApp(metadata_parts.seams(self._conf, self._clock, servers))

    def _conductor(self) -> ConductorHost:
        seams = ConductorSeams(
            conf=self._conf,
            clock=self._clock,
            stores=self._stores,
            network=self._clients.network,
            placement=self._clients.placement,
            image=self._clients.image,
            scheduler=SchedulerCalls(self._buses),
            hosts=HostCalls(self._buses),
            keys=adapters.keys(self._conf),
        )
        store_of = host_stores(self._conf, self._clock, self._stores)
        return ConductorHost(seams, [self._bus], BY_KIND, store_of)

    def _compute(self, conf: cfg.ConfigOpts) -> ComputeHost:
        plugs = PortPlugs(conf, self._clock, self._clients.network)
        keys = adapters.keys(conf)
        images = adapters.ImagesOf(self._clients.image, keys)
        driver = adapters.driver(conf, self._clock, images)
        seams = HostSeams(
            conf=conf,
            clock=self._clock,
            host=conf.host,
            store=RelayedHostStore(self._bus, conf.host),
            network=self._clients.network,
            placement=self._clients.placement,
            image=self._clients.image,
            driver=driver,
            plugs=plugs,
            nodes={},
            books=HostBooks(conf, self._clock, driver.inventory),
            vendor=self._clients.vendor,
            keys=keys,
        )
        return ComputeHost(seams, self._bus, plugs, BY_KIND)
