"""Mapping servers that a cell has and the API database does not know."""

from nova.cmd.manage.command import Desk
from nova.objects.cloud import CellMapping, InstanceMapping
from nova.objects.server import Instance
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page

BATCH = 50
_EVERY = InstanceFilter(deleted=None, include_hidden=True)


def map_all(desk: Desk, cell: CellMapping, limit: int | None = None) -> bool:
    """Map at most `limit` servers; True when none is left unmapped."""
    store = desk.cell(cell)
    marker, left = None, limit
    while found := store.instances.find(_EVERY, _page(marker), detail=False):
        new = _unmapped(desk, found)
        if left is not None and len(new) > left:
            desk.api.mappings.add(_mapping(each, cell) for each in new[:left])
            return False
        desk.api.mappings.add(_mapping(each, cell) for each in new)
        left = None if left is None else left - len(new)
        marker = found[-1].uuid
    return True


def _page(marker: str | None) -> Page:
    return Page(limit=BATCH, marker=marker, keys=("id",), directions=("asc",))


def _unmapped(desk: Desk, found: list[Instance]) -> list[Instance]:
    known = desk.api.mappings.of(each.uuid for each in found)
    return [each for each in found if each.uuid not in known]


def _mapping(instance: Instance, cell: CellMapping) -> InstanceMapping:
    return InstanceMapping(
        instance_uuid=instance.uuid,
        cell_uuid=cell.uuid,
        project_id=instance.project_id or "",
        user_id=instance.user_id,
        queued_for_delete=instance.deleted,
    )
