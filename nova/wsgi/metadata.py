"""The metadata service for uwsgi or mod_wsgi: `nova.wsgi.metadata:application`.

Options are read as nova-metadata-api reads them (/etc/nova/nova.conf), or from
$OS_NOVA_CONFIG_DIR/nova.conf.  The service is put together by the first request,
so that importing this module does nothing.
"""

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova import conf as options
from nova.api.fronts import behind_proxy, with_cors
from nova.cmd import adapters, frugal
from nova.cmd.own_cell import own_cell
from nova.cmd.process import begin_logging, choose_concurrency
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
    front: Wsgi = behind_proxy(with_cors(app, conf), conf)
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


def init_application() -> Wsgi:
    directory = os.environ.get("OS_NOVA_CONFIG_DIR")
    files = [str(Path(directory) / "nova.conf")] if directory else None
    conf = options.load("nova-metadata", [], files, parsed=choose_concurrency)
    begin_logging(conf, "nova-metadata")
    app = assemble(conf)[0]
    frugal.settled()
    return app


class _Lazy:
    """Builds the application when it is first called."""

    def __init__(self) -> None:
        self._lock = RealClock().lock()
        self._app: Wsgi | None = None

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if self._app is None:
            with self._lock:
                if self._app is None:
                    self._app = init_application()
        return self._app(environ, start_response)


application: Wsgi = _Lazy()
