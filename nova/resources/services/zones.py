"""Which availability zone a host is in."""

from collections.abc import Iterable

from oslo_config import cfg

from nova.objects.cloud import Aggregate
from nova.objects.host import Service
from nova.objects.store import Stores

COMPUTE = "nova-compute"


class Zones:
    """The zones of all hosts, read once."""

    def __init__(self, conf: cfg.ConfigOpts, aggregates: Iterable[Aggregate]) -> None:
        self._default: str = conf.default_availability_zone
        self.internal: str = conf.internal_service_availability_zone
        self._by_host = {
            host: aggregate.availability_zone
            for aggregate in aggregates if aggregate.availability_zone
            for host in aggregate.hosts
        }

    def of_host(self, host: str) -> str:
        return self._by_host.get(host, self._default)

    def of_service(self, service: Service) -> str:
        return self.of_host(service.host) if service.binary == COMPUTE else self.internal


def read_zones(conf: cfg.ConfigOpts, stores: Stores) -> Zones:
    return Zones(conf, stores.api.aggregates.find())
