"""nova-conductor's life, and what it answers on the bus."""

import logging
import uuid
from collections.abc import Callable, Mapping

from nova.conductor.intake import Intake
from nova.conductor.precache import Precache
from nova.conductor.relay import HostRelay
from nova.conductor.runner import Runner
from nova.conductor.watchdog import Watchdog
from nova.context import RequestContext, admin_context
from nova.core.action import Action
from nova.core.health import answers
from nova.core.periodic import Chores, Periodic
from nova.objects.reporting import report_service
from nova.objects.store import HostStore, Stores
from nova.rpc.contract import CONDUCTOR, Address, Bus, Serving
from nova.seams import ConductorSeams
from nova.servers.console.expiry import drop_expired

LOG = logging.getLogger(__name__)

# Seconds for a message to ourselves.
HEAR_WITHIN = 5.0


class ConductorEndpoint(HostRelay):
    """Work from the API, and the relay for hosts."""

    def __init__(
        self, stores: Stores, store_of: Callable[[str], tuple[str, HostStore]], runner: Runner,
        intake: Intake, precache: Precache, *, enable_new: bool,
    ) -> None:
        super().__init__(stores, store_of, runner, enable_new=enable_new)
        self._intake = intake
        self._precache = precache

    def build(self, context: RequestContext, instance_uuids: list[str]) -> None:
        self._intake.submit(context, instance_uuids)

    def cache_images(
        self, context: RequestContext, hosts: list[list[str]], image_ids: list[str]
    ) -> None:
        self._precache.submit(context, [(cell, host) for cell, host in hosts], image_ids)

    def hear(self, context: RequestContext) -> bool:
        """So that a conductor knows that messages arrive."""
        return True

    def resume(self, context: RequestContext, cell_uuid: str, operation_id: int) -> None:
        self._runner.submit(context, cell_uuid, operation_id)


class ConductorHost:
    """`buses` are those it serves: the top one, and its cells' where they differ."""

    def __init__(
        self,
        seams: ConductorSeams,
        buses: list[Bus],
        actions: Mapping[str, Action],
        store_of: Callable[[str], tuple[str, HostStore]],
        identity: str | None = None,
    ) -> None:
        self._seams = seams
        self._buses = buses
        owner = f"conductor:{seams.conf.host}:{identity or uuid.uuid4().hex[:8]}"
        self._loops = Periodic(seams.clock)
        self._leases = Periodic(seams.clock)
        self._runner = Runner(seams, owner, actions)
        self._intake = Intake(seams, self._runner)
        self._precache = Precache(seams)
        self._watchdog = Watchdog(
            seams, self._runner, self._intake, self._hear
        )
        self._endpoint = ConductorEndpoint(
            seams.stores, store_of, self._runner, self._intake, self._precache,
            enable_new=seams.conf.enable_new_services,
        )
        self._address = Address(CONDUCTOR, seams.conf.host)
        self._serving: list[Serving] = []

    def start(self) -> None:
        self._serving = [bus.serve(self._address, self._endpoint) for bus in self._buses]
        journal = self._seams.conf.journal
        self._loops.every("watchdog", journal.watchdog_interval, self._watchdog.look)
        self._leases.every("lease", journal.lease_seconds / 3, self._watchdog.renew)
        self._loops.every("heartbeat", self._seams.conf.report_interval, self.report)
        chores = Chores(self._loops, self._seams.conf)
        chores.every("console tokens", self._seams.conf.instance_delete_interval or 60,
                     lambda: drop_expired(self._seams.stores))
        self._seams.clock.spawn("first report", self.report)
        LOG.info("nova-conductor is ready")

    def _hear(self) -> None:
        for bus in self._buses:
            bus.call(self._address, "hear", admin_context(), {}, HEAR_WITHIN)

    def stop(self) -> None:
        """Take no more; finish what is under way, and keep it ours meanwhile."""
        self._loops.stop()
        for serving in self._serving:
            serving.stop()
        timeout = float(self._seams.conf.manager_shutdown_timeout)
        self._precache.close(0)
        self._intake.close(timeout)
        self._runner.close(timeout)
        self._leases.stop()

    def report(self) -> None:
        seams = self._seams
        report_service(seams.conf, seams.clock, seams.stores, "nova-conductor", CONDUCTOR)

    def health(self) -> dict[str, str]:
        return {
            "database": answers(self._seams.stores.api.ping),
            **{f"broker {n}": answers(bus.ping) for n, bus in enumerate(self._buses)},
        }
