"""The compute API as a WSGI application, put together from the options."""

import logging
from typing import Any

from oslo_config import cfg
from sqlalchemy.exc import SQLAlchemyError

from nova.api.app import build_app
from nova.api.identity.keystone import keystone
from nova.api.identity.noauth import noauth2
from nova.api.routes import all_routes
from nova.cmd import adapters
from nova.core.clock import RealClock
from nova.core.pools import clock_of
from nova.db.configured import open_stores
from nova.errors import NovaError
from nova.objects.reporting import report_service
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.seams import ApiSeams

LOG = logging.getLogger(__name__)
BINARY, TOPIC = "nova-osapi_compute", "osapi_compute"


def assemble(conf: cfg.ConfigOpts) -> Any:
    """The application, on real adapters."""
    clock = clock_of(conf)
    stores = open_stores(conf, clock)
    buses = adapters.buses(conf, stores)
    clients = adapters.clients(conf, clock)
    seams = ApiSeams(
        conf=conf,
        clock=clock,
        stores=stores,
        network=clients.network,
        image=clients.image,
        identity=clients.identity,
        placement=clients.placement,
        hosts=HostCalls(buses),
        conductor=ConductorCalls(buses),
        scheduler=SchedulerCalls(buses),
        volume=clients.volume,
        baremetal=adapters.baremetal(conf, clock),
        keys=adapters.keys(conf),
    )
    auth = noauth2 if conf.api.auth_strategy == "noauth2" else keystone(conf)
    return build_app(conf, seams, all_routes(), auth=auth, checks={"broker": buses.top.ping})


def be_seen(conf: cfg.ConfigOpts) -> None:
    """A row among the services.  A database that is away, or empty yet, does not keep the API
    from starting."""
    clock = RealClock()
    try:
        report_service(conf, clock, open_stores(conf, clock), BINARY, TOPIC)
    except (NovaError, SQLAlchemyError) as error:
        LOG.warning("The service could not be recorded: %s", error)
