"""A host is in one availability zone, and servers do not change zones behind their users' backs."""

from collections.abc import Iterable

from nova.core.call import Call
from nova.errors import Conflict, Invalid
from nova.objects.cloud import Aggregate
from nova.objects.store.errors import HostMappingNotFound
from nova.seams import ApiSeams

OCCUPIED = "One or more hosts contain instances in this zone"
ELSEWHERE = "One or more hosts already in availability zone(s) {zones}"


class ZoneChangeRefused(Invalid):
    template = "Cannot perform action '{action}' on aggregate {aggregate_id}. Reason: {reason}."


class HostRefused(Conflict):
    template = "Cannot perform action '{action}' on aggregate {aggregate_id}. Reason: {reason}."


def refuse_zone_change(
    call: Call[ApiSeams], aggregate: Aggregate, zone: str | None, action: str
) -> None:
    """Raise unless all members may be in `zone` (None: in no zone of their own) from now on."""
    if zone == aggregate.availability_zone or not aggregate.hosts:
        return
    reason = _objection(call, aggregate, zone, aggregate.hosts)
    if reason is not None:
        raise ZoneChangeRefused(action=action, aggregate_id=aggregate.id, reason=reason)


def refuse_member(call: Call[ApiSeams], aggregate: Aggregate, host: str) -> None:
    """Raise unless `host` may be in the aggregate's zone."""
    zone = aggregate.availability_zone
    if zone is None:
        return
    reason = _objection(call, aggregate, zone, [host])
    if reason is not None:
        raise HostRefused(
            action="add_host_to_aggregate", aggregate_id=aggregate.id, reason=reason
        )


def refuse_leaving(call: Call[ApiSeams], aggregate: Aggregate, host: str) -> None:
    """Raise when `host` holds servers, which would be in another zone without the aggregate."""
    if host not in aggregate.hosts or not _moves(call, aggregate, None):
        return
    kept = any(host in each.hosts for each in _others_with_zone(call, aggregate))
    if not kept and _hold_servers(call, [host]):
        raise HostRefused(
            action="remove_host_from_aggregate", aggregate_id=aggregate.id, reason=OCCUPIED
        )


def _objection(
    call: Call[ApiSeams], aggregate: Aggregate, zone: str | None, hosts: list[str]
) -> str | None:
    others = [
        each for each in _others_with_zone(call, aggregate) if set(hosts) & set(each.hosts)
    ]
    taken = {each.availability_zone or "" for each in others} - {zone}
    if zone is not None and taken:
        return ELSEWHERE.format(zones=", ".join(sorted(taken)))
    stays = {host for each in others for host in each.hosts if each.availability_zone == zone}
    if _moves(call, aggregate, zone) and _hold_servers(call, set(hosts) - stays):
        return OCCUPIED
    return None


def _others_with_zone(call: Call[ApiSeams], aggregate: Aggregate) -> list[Aggregate]:
    return [
        each for each in call.seams.stores.api.aggregates.find()
        if each.id != aggregate.id and each.availability_zone
    ]


def _moves(call: Call[ApiSeams], aggregate: Aggregate, zone: str | None) -> bool:
    """Whether members would read another zone than before: the default one is none of its own."""
    default = call.seams.conf.default_availability_zone
    before = aggregate.availability_zone if aggregate.availability_zone != zone else None
    return (zone or default) != (before or default)


def _hold_servers(call: Call[ApiSeams], hosts: Iterable[str]) -> bool:
    stores = call.seams.stores
    for host in hosts:
        try:
            cell = stores.cell(stores.api.hosts.cell_of(host))
        except HostMappingNotFound:
            continue
        if cell.instances.counts_by_host([host]).get(host, 0):
            return True
    return False
