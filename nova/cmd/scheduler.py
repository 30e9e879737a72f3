"""nova-scheduler: chooses hosts."""

import sys
from typing import TYPE_CHECKING, Any

from oslo_config import cfg

from nova.cmd import process

if TYPE_CHECKING:
    from nova.clients.placement.contract import PlacementService
    from nova.core.clock import Clock
    from nova.scheduler.prefilters.contract import Segments


def build(conf: cfg.ConfigOpts) -> process.Work:
    from nova.clients.placement import rest
    from nova.cmd import adapters
    from nova.core.pools import clock_of
    from nova.db.configured import open_stores
    from nova.scheduler.process import SchedulerProcess

    clock = clock_of(conf)
    stores = open_stores(conf, clock)
    buses = adapters.buses(conf, stores)
    placement = rest.connect(conf, clock)
    host = SchedulerProcess(
        conf, clock, stores, placement, buses.top, segments=_segments(conf, clock, placement)
    )
    return process.Monitored(conf, "nova-scheduler", host, host.health)


def _segments(
    conf: cfg.ConfigOpts, clock: "Clock", placement: "PlacementService"
) -> "Segments | None":
    """The network service is asked only where networks are routed."""
    from nova.cmd import adapters
    from nova.scheduler.segments import RoutedNetworks

    if not conf.scheduler.query_placement_for_routed_network_aggregates:
        return None
    return RoutedNetworks(adapters.network_service(conf, clock), placement)


def main(argv: Any = None) -> int:
    return process.main("nova-scheduler", build, argv)


if __name__ == "__main__":
    sys.exit(main())
