"""nova-compute: performs what is asked of this host's hypervisor."""

import sys
from typing import Any

from oslo_config import cfg

from nova.cmd import process


def build(conf: cfg.ConfigOpts) -> process.Work:
    from nova.cmd import adapters
    from nova.compute.host import ComputeHost
    from nova.compute.inventory.books import HostBooks
    from nova.compute.plugs import PortPlugs
    from nova.core.pools import clock_of
    from nova.rpc.relay import RelayedHostStore
    from nova.seams import HostSeams
    from nova.servers import BY_KIND

    clock = clock_of(conf)
    bus = adapters.buses(conf).top
    clients = adapters.clients(conf, clock)
    plugs = PortPlugs(conf, clock, clients.network)
    keys = adapters.keys(conf)
    driver = adapters.driver(conf, clock, adapters.ImagesOf(clients.image, keys))
    seams = HostSeams(
        conf=conf,
        clock=clock,
        host=conf.host,
        store=RelayedHostStore(bus, conf.host),
        network=clients.network,
        placement=clients.placement,
        image=clients.image,
        driver=driver,
        plugs=plugs,
        nodes={},
        books=HostBooks(conf, clock, driver.inventory),
        vendor=clients.vendor,
        keys=keys,
    )
    host = ComputeHost(seams, bus, plugs, BY_KIND)
    return process.Monitored(conf, "nova-compute", host, host.health)


def main(argv: Any = None) -> int:
    return process.main("nova-compute", build, argv)


if __name__ == "__main__":
    sys.exit(main())
