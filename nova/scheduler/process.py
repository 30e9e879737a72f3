"""nova-scheduler's life."""

import logging
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova.clients.placement.contract import PlacementService
from nova.core.clock import Clock
from nova.core.periodic import Periodic
from nova.objects.host import Service
from nova.objects.store import Stores
from nova.rpc.contract import SCHEDULER, Address, Bus, Serving
from nova.scheduler.discovery import discover_hosts
from nova.scheduler.host import SchedulerEndpoint
from nova.scheduler.prefilters.contract import Segments

LOG = logging.getLogger(__name__)

BINARY = "nova-scheduler"
SERVICE_VERSION = 1


class SchedulerProcess:
    """Keeps the snapshot of hosts fresh, answers `select`, and reports itself.

    `segments`: see SchedulerEndpoint.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, clock: Clock, stores: Stores, placement: PlacementService,
        bus: Bus, segments: Segments | None = None,
    ) -> None:
        self._conf = conf
        self._clock = clock
        self._stores = stores
        self._bus = bus
        self._loops = Periodic(clock)
        self.endpoint = SchedulerEndpoint(conf, clock, stores, placement, segments=segments)
        self._serving: Serving | None = None

    def start(self) -> None:
        self._serving = self._bus.serve(Address(SCHEDULER, self._conf.host), self.endpoint)
        self._loops.every("snapshot", self._conf.report_interval, self.endpoint.snapshot.refresh)
        self._loops.every("heartbeat", self._conf.report_interval, self.report)
        self._loops.every(
            "host discovery", self._conf.scheduler.discover_hosts_in_cells_interval, self.discover
        )
        self._clock.spawn("first report", self.report)
        self._clock.spawn("first snapshot", self.endpoint.snapshot.refresh)

    def stop(self) -> None:
        self._loops.stop()
        if self._serving is not None:
            self._serving.stop()

    def report(self) -> None:
        """Be seen in the list of services: a row in cell0's database."""
        cells = self._stores.cells()
        if cells:
            cells[0].services.register(
                Service(host=self._conf.host, binary=BINARY, topic=SCHEDULER,
                        version=SERVICE_VERSION)
            )
            cells[0].services.report(self._conf.host, BINARY, self._clock.now())

    def discover(self) -> None:
        """Map new hosts to their cells (off unless the option says how often)."""
        discover_hosts(self._stores)

    def health(self) -> dict[str, str]:
        return {"database": _answers(self._stores.api.ping), "broker": _answers(self._bus.ping)}


def _answers(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except Exception as error:
        return str(error)
    return "ok"
