"""nova-scheduler's life."""

import logging

from oslo_config import cfg

from nova.clients.placement.contract import PlacementService
from nova.context import admin_context
from nova.core.clock import Clock
from nova.core.health import answers
from nova.core.periodic import Chores, Periodic
from nova.objects.reporting import report_service
from nova.objects.store import Stores
from nova.rpc.contract import SCHEDULER, Address, Bus, Serving
from nova.scheduler.discovery import discover_hosts
from nova.scheduler.host import SchedulerEndpoint
from nova.scheduler.prefilters.contract import Segments

LOG = logging.getLogger(__name__)

BINARY = "nova-scheduler"
# Seconds for a message to ourselves.
HEAR_WITHIN = 5.0
# Seconds between two looks for decisions that are too old to be kept.
PRUNING = 3600


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
        self._loops.every("hearing", self._conf.report_interval, self._listen)
        self._loops.every("heartbeat", self._conf.report_interval, self.report)
        Chores(self._loops, self._conf).every(
            "host discovery", self._conf.scheduler.discover_hosts_in_cells_interval, self.discover
        )
        self._loops.every("old decisions", PRUNING, self.endpoint.journal.prune)
        self._clock.spawn("first report", self.report)
        self._clock.spawn("first snapshot", self.endpoint.snapshot.refresh)
        # Processes may not live as long as until the next look.
        self._clock.spawn("first look for old decisions", self.endpoint.journal.prune)

    def stop(self) -> None:
        self._loops.stop()
        if self._serving is not None:
            self._serving.stop()
        self.endpoint.journal.close(HEAR_WITHIN)

    def report(self) -> None:
        report_service(self._conf, self._clock, self._stores, BINARY, SCHEDULER)

    def _listen(self) -> None:
        at = Address(SCHEDULER, self._conf.host)
        self.endpoint.hearing.listen(
            lambda: self._bus.call(at, "hear", admin_context(), {}, HEAR_WITHIN)
        )

    def discover(self) -> None:
        """Map new hosts to their cells (off unless the option says how often)."""
        discover_hosts(self._stores)

    def health(self) -> dict[str, str]:
        return {"database": answers(self._stores.api.ping), "broker": answers(self._bus.ping)}
