"""Which servers are no more."""

from collections.abc import Iterable, Sequence

from nova.objects.store import Stores
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page


def gone(stores: Stores, instance_uuids: Sequence[str]) -> list[str]:
    """Those that were servers of ours and are neither in a cell nor about to be built."""
    mappings = stores.api.mappings.of(instance_uuids)
    placed: dict[str, list[str]] = {}
    found: list[str] = []
    for uuid, mapping in mappings.items():
        if mapping.cell_uuid is not None:
            placed.setdefault(mapping.cell_uuid, []).append(uuid)
        elif stores.api.builds.get(uuid) is None and _still_unplaced(stores, uuid):
            found.append(uuid)
    for cell_uuid, uuids in placed.items():
        found += set(uuids) - _living(stores, cell_uuid, uuids)
    return sorted(found)


def _still_unplaced(stores: Stores, uuid: str) -> bool:
    """Between the two looks it may have been placed."""
    return stores.api.mappings.get(uuid).cell_uuid is None


def _living(stores: Stores, cell_uuid: str, uuids: Iterable[str]) -> set[str]:
    wanted = InstanceFilter(uuids=list(uuids), include_hidden=True)
    found = stores.cell(cell_uuid).instances.find(wanted, Page(), detail=False)
    return {instance.uuid for instance in found}
