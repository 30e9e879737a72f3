"""The themes of the network service over one connection."""

from oslo_config import cfg

from nova.clients.http import ServiceHttp
from nova.clients.login import TransportFactory, load_login, pooled_transport
from nova.clients.network.contract import NetworkUnavailable
from nova.clients.network.neutron.bindings import NeutronBindings
from nova.clients.network.neutron.calls import Extensions, NeutronCalls
from nova.clients.network.neutron.floating_ips import NeutronFloatingIps
from nova.clients.network.neutron.networks import NeutronNetworks
from nova.clients.network.neutron.ports import NeutronPorts
from nova.clients.network.neutron.security_groups import NeutronSecurityGroups
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.core.clock import Clock


class Neutron:
    """NetworkService over HTTP.  `extension_interval`: seconds between two looks at
    what the service can do."""

    def __init__(self, http: ServiceHttp, clock: Clock, extension_interval: float = 600) -> None:
        calls = NeutronCalls(http)
        extensions = Extensions(calls, clock, extension_interval)
        self.networks = NeutronNetworks(calls)
        self.ports = NeutronPorts(calls, extensions)
        self.bindings = NeutronBindings(calls)
        self.security_groups = NeutronSecurityGroups(calls)
        self.floating_ips = NeutronFloatingIps(calls, extensions)


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> Neutron:
    """The network service of group [neutron]; no call is made yet."""
    http = ServiceHttp(
        "network",
        load_login(conf, "neutron", "/v2.0", transport=transport),
        clock,
        unavailable=NetworkUnavailable,
        observer=observer,
        patience=Patience.of(conf.neutron, conf.neutron.http_retries),
    )
    return Neutron(http, clock, conf.neutron.extension_sync_interval)
