"""The metadata service as a WSGI application, put together from the options."""

import logging
from collections.abc import Callable

from oslo_config import cfg

from nova.api.fronts import behind_proxy, with_cors
from nova.api.paste import METADATA, added_filters, wrapped
from nova.cmd import adapters
from nova.cmd.own_cell import own_cell
from nova.core.clock import Clock, RealClock
from nova.db.configured import open_stores
from nova.errors import NovaError
from nova.metadata.app import MetadataApp, Wsgi
from nova.metadata.seams import MetadataSeams
from nova.metadata.servers import OfAllCells, OfOneCell, Servers
from nova.objects.host import Service
from nova.objects.reporting import SERVICE_VERSION, report_service

LOG = logging.getLogger(__name__)
BINARY, TOPIC = "nova-metadata", "metadata"


def assemble(conf: cfg.ConfigOpts) -> tuple[Wsgi, Servers]:
    """The application on real adapters, and where it finds servers."""
    clock = RealClock()
    servers = _servers(conf, clock)
    return fronted(conf, MetadataApp(seams(conf, clock, servers))), servers


def seams(conf: cfg.ConfigOpts, clock: Clock, servers: Servers) -> MetadataSeams:
    service = adapters.network_service(conf, clock)
    clients = adapters.clients(conf, clock)
    return MetadataSeams(
        conf=conf,
        clock=clock,
        servers=servers,
        network=service,
        guards=clients.network.guards,
        vendor=clients.vendor,
    )


def fronted(conf: cfg.ConfigOpts, app: Wsgi) -> Wsgi:
    """Behind what an operator may have put in front of it."""
    added = added_filters(conf, METADATA)
    own = wrapped(app, (*added.before, *added.behind))
    front: Wsgi = behind_proxy(with_cors(own, conf), conf)
    return front


def _servers(conf: cfg.ConfigOpts, clock: Clock) -> Servers:
    """With [api]local_metadata_per_cell, those of its own cell."""
    if conf.api.local_metadata_per_cell:
        cell = own_cell(conf, clock)
        service = Service(host=conf.host, binary=BINARY, topic=TOPIC, version=SERVICE_VERSION)
        _be_seen(lambda: cell.services.register(service))
        return OfOneCell(cell)
    stores = open_stores(conf, clock)
    _be_seen(lambda: report_service(conf, clock, stores, BINARY, TOPIC))
    return OfAllCells(stores)


def _be_seen(report: Callable[[], object]) -> None:
    """A database that is away does not keep the service from starting."""
    try:
        report()
    except NovaError as error:
        LOG.warning("The service could not be recorded: %s", error)
