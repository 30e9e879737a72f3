"""The themes of placement over one connection."""

from oslo_config import cfg

from nova.clients.http import ServiceHttp
from nova.clients.login import TransportFactory, load_login, pooled_transport
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.clients.placement.contract import PlacementUnavailable
from nova.clients.placement.rest.allocations import RestAllocations
from nova.clients.placement.rest.calls import PlacementCalls
from nova.clients.placement.rest.facts import RestProviderFacts
from nova.clients.placement.rest.names import RestNames
from nova.clients.placement.rest.providers import RestProviders
from nova.clients.placement.rest.search import RestSearch
from nova.core.clock import Clock


class PlacementRest:
    """PlacementService over HTTP."""

    def __init__(self, http: ServiceHttp, clock: Clock) -> None:
        calls = PlacementCalls(http, clock)
        self.search = RestSearch(calls)
        self.allocations = RestAllocations(calls)
        self.providers = RestProviders(calls)
        self.names = RestNames(calls)
        self.facts = RestProviderFacts(calls, self.names)


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> PlacementRest:
    """The placement service of group [placement]; no call is made yet."""
    http = ServiceHttp(
        "placement",
        load_login(conf, "placement", "", transport=transport),
        clock,
        unavailable=PlacementUnavailable,
        observer=observer,
        patience=Patience.of(conf.placement),
    )
    return PlacementRest(http, clock)
