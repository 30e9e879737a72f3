"""Creates that their users gave up while somebody worked on them.

Whoever worked on one finds out at its next step and cleans up, unless it died
first, or asked the scheduler for a claim and never heard the answer.
"""

from dataclasses import replace
from datetime import timedelta

from nova.context import admin_context
from nova.core.states import TaskState
from nova.objects.server import Instance, Operation
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.page import WHOLE
from nova.seams import ConductorSeams
from nova.servers.delete.delete import DELETE
from nova.servers.opening import operation_of

# After this nobody makes a claim any more: a question to the scheduler that took longer
# has been given up, by who asked and by the broker.
CLAIMS_END = timedelta(seconds=60)


class Cancelled:
    def __init__(self, seams: ConductorSeams) -> None:
        self._seams = seams

    def look(self) -> None:
        """One statement when there are none."""
        builds, now = self._seams.stores.api.builds, self._seams.clock.now()
        most = self._seams.conf.journal.batch_size
        noted = builds.cancelled(now, most)
        if not noted:
            return
        late = builds.cancelled(now - CLAIMS_END, most)
        for cell in self._seams.stores.cells():
            self._end_in(cell, noted)
        for uuid in noted:
            self._seams.placement.allocations.delete(admin_context(), uuid)
        if late:
            builds.forget(late)

    def _end_in(self, cell: CellStore, uuids: list[str]) -> None:
        """A conductor wrote it here and died before it saw that nobody wants it."""
        for instance in cell.instances.find(InstanceFilter(uuids=uuids), WHOLE, detail=False):
            if instance.task_state != TaskState.DELETING:
                operation = cell.operations.begin(self._delete(instance), DELETE.moves)
                target = operation.progress["target"]
                if target:
                    self._seams.hosts.perform(admin_context(), cell.uuid, target, operation)

    def _delete(self, instance: Instance) -> Operation:
        """In the name of who owns the server."""
        asked = replace(
            admin_context(), user_id=instance.user_id, project_id=instance.project_id
        )
        now, progress = self._seams.clock.now(), {"target": instance.host}
        return operation_of(asked, DELETE, instance.uuid, now, {}, progress)
