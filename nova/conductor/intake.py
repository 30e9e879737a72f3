"""From accepted create requests to servers in cells.

The journal's row of a create is its build request, in the API database, because
no cell is known yet.  The order is: take the build requests, have the scheduler
choose and claim for all of them together, then for each server write it into
its cell with its operation (one transaction), and turn the mapping and drop the
build request (one transaction).  Whoever dies in between is followed by another
conductor that finds, for each build request, what there is already.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

from nova.conductor.burial import bury
from nova.conductor.opening import operation_of
from nova.conductor.runner import Runner
from nova.context import RequestContext, admin_context
from nova.core.pools import default_size
from nova.errors import NovaError, Unavailable
from nova.objects.cloud import BuildRequest, RequestSpec, Selection
from nova.objects.server import BlockDevice, Instance, Operation
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import InstanceNotFound
from nova.seams import ConductorSeams
from nova.servers.create.steps import placed_on
from nova.servers.steps.wiring import given_ports

LOG = logging.getLogger(__name__)

Asked = tuple[BuildRequest, RequestSpec]


class Intake:
    def __init__(self, seams: ConductorSeams, runner: Runner) -> None:
        self._seams = seams
        self._runner = runner
        self._active: set[str] = set()
        self._closed = False
        self._pool = seams.clock.pool("intake", default_size(seams.conf))

    def submit(self, context: RequestContext, instance_uuids: Sequence[str]) -> None:
        """Work on them soon; those that are worked on already are left out."""
        wanted = [uuid for uuid in instance_uuids if uuid not in self._active]
        if wanted and not self._closed:
            self._active.update(wanted)
            self._pool.submit(self._work, context, wanted)

    def active(self) -> list[str]:
        return sorted(self._active)

    def _work(self, context: RequestContext, instance_uuids: list[str]) -> None:
        try:
            self.build(context, instance_uuids)
        except Unavailable as error:
            LOG.warning("Builds wait for the watchdog: %s", error)
        finally:
            self._active.difference_update(instance_uuids)

    def close(self, timeout: float) -> bool:
        self._closed = True
        return self._pool.close(timeout)

    def build(self, context: RequestContext, instance_uuids: list[str]) -> None:
        """Take these build requests as far as their cells."""
        now = self._seams.clock.now()
        builds = self._seams.stores.api.builds.claim(
            instance_uuids, self._runner.owner, now, now + self._runner.lease()
        )
        fresh = [one for one in builds if not self._begun(one)]
        for group in _by_request(fresh):
            self._schedule(_context_of(context, group[0][0]), group)

    def _begun(self, asked: Asked) -> bool:
        """A conductor before us may have written the server into a cell already."""
        build, spec = asked
        if build.attempts <= 1:
            return False
        for cell in self._seams.stores.cells():
            try:
                instance = cell.instances.get(build.instance_uuid)
            except InstanceNotFound:
                continue
            self._finish(admin_context(build.request_id), cell, instance, build, spec)
            return True
        return False

    def _schedule(self, context: RequestContext, group: list[Asked]) -> None:
        overdue = [a for a in group if a[0].deadline <= self._seams.clock.now()]
        tired = [a for a in group
                 if a[0].attempts > self._seams.conf.journal.max_attempts and a not in overdue]
        for asked in overdue + tired:
            bury(self._seams, asked[0], BuildGivenUp(instance_uuid=asked[0].instance_uuid))
        group = [asked for asked in group if asked not in overdue and asked not in tired]
        if not group:
            return
        try:
            chosen = self._seams.scheduler.select(
                context, [spec for _, spec in group], self._alternates()
            )
        except Unavailable:
            self._release(group)
            raise
        except NovaError as error:
            for asked in group:
                bury(self._seams, asked[0], error)
            return
        for asked, selections in zip(group, chosen, strict=True):
            self._place(context, asked, selections)

    def _release(self, group: list[Asked]) -> None:
        """Nothing was written of them: the watchdog may begin again at its next look."""
        with suppress(Unavailable):
            self._seams.stores.api.builds.release(
                self._runner.owner, [build.instance_uuid for build, _ in group]
            )

    def _alternates(self) -> int:
        return max(int(self._seams.conf.scheduler.max_attempts) - 1, 0)

    def _place(
        self, context: RequestContext, asked: Asked, selections: list[Selection]
    ) -> None:
        build, spec = asked
        cell = self._seams.stores.cell(selections[0].cell_uuid)
        instance = build.instance
        for name, value in placed_on(selections[0]).items():
            setattr(instance, name, value)
        given = given_ports(build.arguments.get("interfaces") or ())
        instance.system_metadata = {**instance.system_metadata, **given}
        operation = operation_of(build, selections, self._seams.clock.now())
        devices = [BlockDevice.obj_from_primitive(d) for d in build.arguments["block_devices"]]
        try:
            instance, operation = cell.operations.create(instance, operation, devices)
        except NovaError:
            raise
        except Exception:
            # What no database takes now it will not take later.
            LOG.exception("Server %s could not be recorded", instance.uuid)
            return bury(self._seams, build, NotRecorded(instance_uuid=instance.uuid))
        self._finish(context, cell, instance, build, spec, operation)

    def _finish(
        self, context: RequestContext, cell: CellStore, instance: Instance, build: BuildRequest,
        spec: RequestSpec, operation: Operation | None = None,
    ) -> None:
        if not self._seams.stores.api.builds.place(instance.uuid, cell.uuid):
            return self._deleted_meanwhile(context, cell, instance)
        if operation is None:
            opened = cell.operations.of_instance(instance.uuid)
            operation = opened[-1]
        target = operation.progress.get("target")
        if target and operation.finish_time is None:
            self._seams.hosts.perform(context, cell.uuid, target, operation)

    def _deleted_meanwhile(
        self, context: RequestContext, cell: CellStore, instance: Instance
    ) -> None:
        """The user deleted it while it had no cell: nothing may be left of it."""
        LOG.info("Server %s was deleted before it had a host", instance.uuid)
        self._seams.placement.allocations.delete(context, instance.uuid)
        cell.operations.discard(instance.uuid)


class BuildGivenUp(NovaError):
    template = "Server {instance_uuid} could not be scheduled in time."


class NotRecorded(NovaError):
    template = "Server {instance_uuid} could not be recorded in its cell."


def _context_of(context: RequestContext, build: BuildRequest) -> RequestContext:
    """The user's own context while we have it; else ours under the same request id."""
    same = context.request_id == build.request_id
    return context if same else admin_context(build.request_id)


def _by_request(builds: list[Asked]) -> list[list[Asked]]:
    """Servers of one request are planned together."""
    groups: dict[str, list[Asked]] = {}
    for asked in builds:
        groups.setdefault(asked[0].request_id, []).append(asked)
    return list(groups.values())
