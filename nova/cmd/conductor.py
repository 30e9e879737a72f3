"""nova-conductor: drives workflows and keeps the stores for compute hosts."""

import sys
from typing import Any

from oslo_config import cfg

from nova.cmd import process


def build(conf: cfg.ConfigOpts) -> process.Work:
    from nova.cmd import adapters
    from nova.conductor.host import ConductorHost
    from nova.core.pools import clock_of
    from nova.db.configured import host_stores, open_stores
    from nova.rpc.calls import HostCalls, SchedulerCalls
    from nova.seams import ConductorSeams
    from nova.servers import BY_KIND

    clock = clock_of(conf)
    stores = open_stores(conf, clock)
    buses = adapters.buses(conf, stores)
    clients = adapters.clients(conf, clock)
    seams = ConductorSeams(
        conf=conf,
        clock=clock,
        stores=stores,
        network=clients.network,
        placement=clients.placement,
        image=clients.image,
        scheduler=SchedulerCalls(buses),
        hosts=HostCalls(buses),
        keys=adapters.keys(conf),
    )
    host = ConductorHost(seams, [buses.top], BY_KIND, host_stores(conf, clock, stores))
    return process.Monitored(conf, "nova-conductor", host, host.health)


def main(argv: Any = None) -> int:
    return process.main("nova-conductor", build, argv)


if __name__ == "__main__":
    sys.exit(main())
