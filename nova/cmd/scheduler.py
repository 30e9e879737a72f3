"""nova-scheduler: chooses hosts."""

import sys
from typing import Any

from oslo_config import cfg

from nova.cmd import process


def build(conf: cfg.ConfigOpts) -> process.Work:
    from nova.cmd import adapters
    from nova.core.clock import RealClock
    from nova.db.configured import open_stores
    from nova.scheduler.process import SchedulerProcess

    clock = RealClock()
    stores = open_stores(conf, clock)
    buses = adapters.buses(conf, stores)
    placement = adapters.clients(conf, clock).placement
    host = SchedulerProcess(conf, clock, stores, placement, buses.top)
    return process.Monitored(conf, "nova-scheduler", host, host.health)


def main(argv: Any = None) -> int:
    return process.main("nova-scheduler", build, argv)


if __name__ == "__main__":
    sys.exit(main())
