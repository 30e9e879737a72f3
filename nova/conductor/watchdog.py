"""Nothing gets stuck: what nobody works on is taken up, what cannot go on is ended.

One look costs a constant number of statements in each database when all is
well, and one more for each operation that is not.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from nova.conductor.cancelled import Cancelled
from nova.conductor.intake import Intake
from nova.conductor.runner import Runner
from nova.context import admin_context
from nova.core.hearing import Hearing
from nova.errors import NovaError, Unavailable
from nova.objects.host import Service
from nova.objects.server import Operation
from nova.objects.store.cell import CellStore
from nova.seams import ConductorSeams
from nova.servers.errors import DeadlinePassed, HostDown

LOG = logging.getLogger(__name__)


class Watchdog:
    """`hear` sends a message to this process, and raises Unavailable when it is lost."""

    def __init__(
        self, seams: ConductorSeams, runner: Runner, intake: Intake, hear: Callable[[], object]
    ) -> None:
        self._seams = seams
        self._runner = runner
        self._intake = intake
        self._hear = hear
        self._hearing = Hearing(seams.clock, deaf_before=True)
        self._cancelled = Cancelled(seams)

    def look(self) -> None:
        """Look everywhere once.  A database that does not answer spoils only its own part."""
        self._hearing.listen(self._hear)
        self._safely(self._look_at_builds)
        self._safely(self._cancelled.look)
        for cell in self._seams.stores.cells():
            self._safely(self._look_at_cell, cell)

    def renew(self) -> None:
        """Say that this conductor lives, to all that it works on."""
        until = self._seams.clock.now() + self._runner.lease()
        owner = self._runner.owner
        self._safely(self._seams.stores.api.builds.renew, owner, until, self._intake.active())
        for cell in self._seams.stores.cells():
            active = self._runner.active(cell.uuid)
            self._safely(cell.operations.renew, owner, until, active)

    def _safely(self, work: object, *arguments: object) -> None:
        try:
            work(*arguments)  # type: ignore[operator]
        except Unavailable as error:
            LOG.warning("The watchdog could not look: %s", error)
            self._hearing.lost()

    def _unclaimed_before(self, now: datetime) -> datetime:
        """Older than this, a message must have been lost."""
        return now - timedelta(seconds=self._seams.conf.journal.watchdog_interval)

    def _look_at_builds(self) -> None:
        now = self._seams.clock.now()
        stranded = self._seams.stores.api.builds.stranded(
            now, self._unclaimed_before(now), self._seams.conf.journal.batch_size
        )
        for uuid in stranded:
            self._intake.submit(admin_context(), [uuid])

    def _look_at_cell(self, cell: CellStore) -> None:
        now = self._seams.clock.now()
        stranded = cell.operations.stranded(
            now, self._unclaimed_before(now), self._seams.conf.journal.batch_size
        )
        if not stranded:
            return
        down = self._hosts_down(cell, now)
        for operation in stranded:
            self._take_up(cell, operation, now, down)

    def _hosts_down(self, cell: CellStore, now: datetime) -> set[str]:
        limit = timedelta(seconds=self._seams.conf.service_down_time)
        silent_since = now - limit - self._hearing.grace(limit)
        hosts = cell.services.find(binary="nova-compute")
        return {host.host for host in hosts if _down(host, silent_since)}

    def _take_up(
        self, cell: CellStore, operation: Operation, now: datetime, down: set[str]
    ) -> None:
        """None of it is done here: one that takes long must not keep the others waiting."""
        target = operation.progress.get("target")
        context = admin_context(operation.request_id)
        if operation.deadline is not None and operation.deadline <= now:
            self._end(cell, operation, DeadlinePassed(deadline=str(operation.deadline)))
        elif target and target in down:
            self._end(cell, operation, HostDown(host=target))
        elif target and not _conductors(operation):
            self._seams.hosts.perform(context, cell.uuid, target, operation)
        else:
            self._runner.submit(context, cell.uuid, operation.id)

    def _end(self, cell: CellStore, operation: Operation, error: NovaError) -> None:
        LOG.warning(
            "Operation %s (%s of %s) is ended: %s",
            operation.id, operation.action, operation.instance_uuid, error,
        )
        self._runner.submit_end(cell.uuid, operation.id, error)


def _down(service: Service, silent_since: datetime) -> bool:
    seen = service.last_seen_up or service.updated_at or service.created_at
    return service.forced_down or seen is None or seen < silent_since


def _conductors(operation: Operation) -> bool:
    return (operation.owner or "").startswith("conductor:")
