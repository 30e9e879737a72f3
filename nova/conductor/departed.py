"""Which servers are no more, or not where they were."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from nova.core.states import VmState
from nova.objects.server import Instance
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


def outlived(
    stores: Stores, cell_uuid: str, host: str, since: datetime | None,
    instance_uuids: Sequence[str], building: bool = True,
) -> list[str]:
    """objects.store.HostStore.outlived; `since` is when the host began to serve."""
    found = gone(stores, instance_uuids)
    wanted = InstanceFilter(uuids=sorted({*instance_uuids} - {*found}), include_hidden=True)
    living = stores.cell(cell_uuid).instances.find(wanted, Page(), detail=False)
    moved = [one.uuid for one in living if _moved(one, host, since, building)]
    return sorted([*found, *moved])


def _moved(instance: Instance, host: str, since: datetime | None, building: bool) -> bool:
    """Built elsewhere, or not at all, after this host had been given up.  What is on its way
    from a host to another one, or may be called back, may be on both."""
    if instance.vm_state == VmState.BUILDING:
        settled = building
    else:
        settled = instance.task_state is None and instance.vm_state != VmState.RESIZED
    made, elsewhere = instance.created_at, instance.host != host
    return bool(settled and elsewhere and made and since and made >= since)


def _still_unplaced(stores: Stores, uuid: str) -> bool:
    """Between the two looks it may have been placed."""
    return stores.api.mappings.get(uuid).cell_uuid is None


def _living(stores: Stores, cell_uuid: str, uuids: Iterable[str]) -> set[str]:
    wanted = InstanceFilter(uuids=list(uuids), include_hidden=True)
    found = stores.cell(cell_uuid).instances.find(wanted, Page(), detail=False)
    return {instance.uuid for instance in found}
