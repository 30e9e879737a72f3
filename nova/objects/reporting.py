"""Control services in the list of services: a row each in cell0's database."""

from oslo_config import cfg

from nova.core.clock import Clock
from nova.objects.host import Service
from nova.objects.store.cell import Stores

# What this code can do, as an operator sees it in the version of a service.
SERVICE_VERSION = 1


def report_service(
    conf: cfg.ConfigOpts, clock: Clock, stores: Stores, binary: str, topic: str
) -> None:
    """Be seen, and be seen to live."""
    cells = stores.cells()
    if not cells:
        return
    service = Service(host=conf.host, binary=binary, topic=topic, version=SERVICE_VERSION)
    cells[0].services.register(service)
    cells[0].services.report(conf.host, binary, clock.now())
