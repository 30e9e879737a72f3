"""Finding servers wherever they live."""

from collections.abc import Iterator
from dataclasses import dataclass

from nova.cmd.manage.command import Desk
from nova.core.states import VmState
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import CellMapping
from nova.objects.server import Instance
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.errors import InstanceNotFound
from nova.objects.store.page import Page

# What may be changed of a guest only while it is not there.
AT_REST = (VmState.STOPPED, VmState.SHELVED, VmState.SHELVED_OFFLOADED)
BATCH = 50


@dataclass(frozen=True)
class Found:
    cell: SqlCellStore
    instance: Instance

    @property
    def at_rest(self) -> bool:
        return self.instance.vm_state in AT_REST


def server(desk: Desk, uuid: str) -> Found | None:
    """The living server; None, and a line that says so, when there is none."""
    try:
        mapping = desk.api.mappings.get(uuid)
        if mapping.cell_uuid is None:
            raise InstanceNotFound(instance_id=uuid)
        cell = desk.cell(desk.api.cells.get(mapping.cell_uuid))
        return Found(cell, cell.instances.get(uuid))
    except InstanceNotFound as error:
        print(error.message)
        return None


def cells(desk: Desk, uuid: str | None = None) -> list[CellMapping]:
    return [desk.api.cells.get(uuid)] if uuid else desk.api.cells.find()


def every(
    cell: SqlCellStore, wanted: InstanceFilter | None = None, *, detail: bool = True
) -> Iterator[Instance]:
    """The cell's servers, read a few at a time."""
    marker = None
    while found := cell.instances.find(
        wanted or InstanceFilter(), Page(BATCH, marker, ("id",), ("asc",)), detail=detail
    ):
        yield from found
        marker = found[-1].uuid
