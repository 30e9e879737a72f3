"""Whether a project may have that many more servers."""

from dataclasses import dataclass

from nova.core.call import Call
from nova.objects.flavor import Flavor
from nova.objects.store.cell import Usage
from nova.resources.quotas.limits import UNLIMITED
from nova.seams import ApiSeams
from nova.servers.errors import QuotaExceeded


@dataclass(frozen=True)
class Room:
    """How much of one resource is allowed, used, and wanted by one more server."""

    resource: str
    allowed: int
    used: int
    each: int

    def fits(self, count: int) -> bool:
        return self.allowed == UNLIMITED or self.used + count * self.each <= self.allowed


def usage_of(call: Call[ApiSeams], project_id: str) -> Usage:
    """What the project has in all cells, and what is on its way there."""
    answers = call.seams.stores.each(lambda cell: cell.instances.usage(project_id))
    counted = [one for one in answers.values() if isinstance(one, Usage)]
    pending = call.seams.stores.api.builds.usage(project_id)
    return Usage(
        instances=sum(u.instances for u in counted) + pending.instances,
        vcpus=sum(u.vcpus for u in counted) + pending.vcpus,
        memory_mb=sum(u.memory_mb for u in counted) + pending.memory_mb,
    )


def allowed_count(
    call: Call[ApiSeams], limits: dict[str, int], flavor: Flavor, least: int, most: int
) -> int:
    """As many of `most` as fit; QuotaExceeded when not even `least` do."""
    if all(limits[name] == UNLIMITED for name in ("instances", "cores", "ram")):
        return most
    used = usage_of(call, call.context.project_id or "")
    rooms = (
        Room("cores", limits["cores"], used.vcpus, flavor.vcpus),
        Room("instances", limits["instances"], used.instances, 1),
        Room("ram", limits["ram"], used.memory_mb, flavor.memory_mb),
    )
    for count in range(most, least - 1, -1):
        if all(room.fits(count) for room in rooms):
            return count
    raise _exceeded([room for room in rooms if not room.fits(least)], least)


def _exceeded(rooms: list[Room], count: int) -> QuotaExceeded:
    return QuotaExceeded(
        resources=", ".join(room.resource for room in rooms),
        requested=", ".join(str(room.each * count) for room in rooms),
        used=", ".join(str(room.used) for room in rooms),
        allowed=", ".join(str(room.allowed) for room in rooms),
    )
