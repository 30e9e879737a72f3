"""Whether a project may have that many more servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nova.core.call import Call
from nova.objects.flavor import Flavor
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter, Usage
from nova.objects.store.page import WHOLE
from nova.resources.quotas.limits import UNLIMITED, exceeds, limits_of
from nova.seams import ApiSeams
from nova.servers.errors import QuotaExceeded


@dataclass(frozen=True)
class Room:
    """How much of one resource is allowed, used, and wanted by one more server."""

    resource: str
    allowed: int
    used: int
    each: int

    def count(self, most: int) -> int:
        """How many more servers it suffices for, up to `most`."""
        if self.allowed == UNLIMITED or not self.each:
            return most
        return max(min(most, (self.allowed - self.used) // self.each), 0)


def usage_of(call: Call[ApiSeams], project_id: str) -> Usage:
    """What the project has in all cells, and what is on its way there.

    Those on their way are read first, so that none is missed; what has arrived
    meanwhile is found by its uuid, so that none is counted twice.
    """
    pending = [build.instance for build in call.seams.stores.api.builds.find(project_id=project_id)]
    wanted = InstanceFilter(uuids=[one.uuid for one in pending], deleted=None, include_hidden=True)

    def ask(cell: CellStore) -> tuple[list[Instance], Usage]:
        arrived = cell.instances.find(wanted, WHOLE, detail=False) if pending else []
        return arrived, cell.instances.usage(project_id)

    answers = [one for one in call.seams.stores.each(ask).values() if isinstance(one, tuple)]
    arrived = {one.uuid for found, _ in answers for one in found}
    coming = [one for one in pending if one.uuid not in arrived]
    return _sum([usage for _, usage in answers] + [_held_by(one) for one in coming])


def _held_by(instance: Instance) -> Usage:
    return Usage(1, instance.vcpus or 0, instance.memory_mb or 0)


def _sum(usages: Sequence[Usage]) -> Usage:
    return Usage(
        instances=sum(u.instances for u in usages),
        vcpus=sum(u.vcpus for u in usages),
        memory_mb=sum(u.memory_mb for u in usages),
    )


def allowed_count(
    call: Call[ApiSeams], limits: Mapping[str, int], flavor: Flavor, least: int, most: int
) -> int:
    """As many of `most` as fit; QuotaExceeded when not even `least` do."""
    if _is_unlimited(limits):
        return most
    rooms = _rooms(limits, usage_of(call, call.context.project_id or ""), flavor)
    count = min(most, *(room.count(most) for room in rooms))
    if count < least:
        raise _exceeded([room for room in rooms if room.count(least) < least], least)
    return count


def recheck(call: Call[ApiSeams], flavor: Flavor, uuids: Sequence[str]) -> None:
    """After the builds `uuids` are recorded: take them back, and raise, when others were
    faster and there is less room than was seen before."""
    limits = limits_of(call)
    if not call.seams.conf.quota.recheck_quota or _is_unlimited(limits):
        return
    rooms = _rooms(limits, usage_of(call, call.context.project_id or ""), flavor)
    over = [room for room in rooms if exceeds(room.used, room.allowed)]
    if over:
        for uuid in uuids:
            call.seams.stores.api.builds.cancel(uuid)
        mine = len(uuids)
        before = [replace(room, used=room.used - mine * room.each) for room in over]
        raise _exceeded(before, mine)


def _is_unlimited(limits: Mapping[str, int]) -> bool:
    return all(limits[name] == UNLIMITED for name in ("instances", "cores", "ram"))


def _rooms(limits: Mapping[str, int], used: Usage, flavor: Flavor) -> tuple[Room, ...]:
    return (
        Room("cores", limits["cores"], used.vcpus, flavor.vcpus),
        Room("instances", limits["instances"], used.instances, 1),
        Room("ram", limits["ram"], used.memory_mb, flavor.memory_mb),
    )


def _exceeded(rooms: list[Room], count: int) -> QuotaExceeded:
    return QuotaExceeded(
        resources=", ".join(room.resource for room in rooms),
        requested=", ".join(str(room.each * count) for room in rooms),
        used=", ".join(str(room.used) for room in rooms),
        allowed=", ".join(str(room.allowed) for room in rooms),
    )
