"""What a project has of servers: in all cells, and on the way there.

Amounts are by resource, in the words of the quota driver: `instances`, `cores`
and `ram`, or `servers` and `class:<resource class>` with unified limits.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil

from nova.core.call import Call
from nova.objects.cloud import BuildRequest
from nova.objects.flavor import Flavor
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, Usage
from nova.resources.quotas.limits import is_unified
from nova.seams import ApiSeams

Amounts = Mapping[str, int]
_CLASS = "class:"


def wanted_by(call: Call[ApiSeams], flavor: Flavor) -> Amounts:
    """What one server of the flavor needs."""
    if is_unified(call.seams.conf):
        return {"servers": 1, **_unified(call, _claimed(flavor))}
    return {"cores": flavor.vcpus, "instances": 1, "ram": flavor.memory_mb}


def servers_of(call: Call[ApiSeams], project_id: str, user_id: str | None = None) -> Usage:
    """As `used`, in old words whatever the driver."""
    pending, later = _pending(call, project_id, user_id, None)
    counted = _from_cells(call, project_id, user_id, pending, later)
    return Usage(counted["instances"], counted["cores"], counted["ram"])


def used(
    call: Call[ApiSeams], project_id: str, user_id: str | None = None,
    before: Sequence[str] | None = None,
) -> Amounts:
    """What the project (its user) has.

    `before`: of the pending creates only those that were recorded before, or with, the
    last of these.  Those on their way are read first, so that none is missed; cells then
    count all others, so that one that arrives meanwhile is not counted twice.
    """
    pending, later = _pending(call, project_id, user_id, before)
    conf = call.seams.conf
    if is_unified(conf) or conf.quota.count_usage_from_placement:
        return _from_placement(call, project_id, user_id, pending, later)
    return _from_cells(call, project_id, user_id, pending, later)


def _pending(
    call: Call[ApiSeams], project_id: str, user_id: str | None, before: Sequence[str] | None
) -> tuple[list[BuildRequest], list[BuildRequest]]:
    """Those to be counted, and those that were recorded later."""
    found = [
        each for each in call.seams.stores.api.builds.find(project_id=project_id)
        if user_id in (None, each.instance.user_id)
    ]
    if before is None:
        return found, []
    last = max((each.id for each in found if each.instance_uuid in before), default=0)
    return [each for each in found if each.id <= last], [each for each in found if each.id > last]


def _from_cells(
    call: Call[ApiSeams], project_id: str, user_id: str | None,
    pending: Sequence[BuildRequest], later: Sequence[BuildRequest],
) -> Amounts:
    """Cells that do not answer count for nothing."""
    known = [one.instance_uuid for one in (*pending, *later)]

    def ask(cell: CellStore) -> Usage:
        return cell.instances.usage(project_id, user_id, without=known)

    total = Counter(instances=0, cores=0, ram=0)
    for usage in call.seams.stores.each(ask).values():
        if isinstance(usage, Usage):
            total.update(instances=usage.instances, cores=usage.vcpus, ram=usage.memory_mb)
    for build in pending:
        total.update(_held_by(build.instance))
    return total


def _held_by(instance: Instance) -> Amounts:
    return {"instances": 1, "cores": instance.vcpus or 0, "ram": instance.memory_mb or 0}


def _from_placement(
    call: Call[ApiSeams], project_id: str, user_id: str | None,
    pending: Sequence[BuildRequest], later: Sequence[BuildRequest],
) -> Amounts:
    """Servers by their mappings, all else by what is claimed for them.

    Pending creates that hold no claim yet are added; one that claims in between is counted
    twice for that moment, which is the safe side.
    """
    seams, unified = call.seams, is_unified(call.seams.conf)
    named = partial(_unified, call) if unified else _named
    held = seams.placement.allocations
    unclaimed = [
        build for build in pending
        if not build.attempts or not held.get(call.context, build.instance_uuid)
    ]
    total = Counter(named(held.of_project(call.context, project_id, user_id)))
    for build in unclaimed:
        total.update(named(_plain_classes(build.instance.flavor)))
    servers = seams.stores.api.mappings.count(project_id, user_id) - len(later)
    total["servers" if unified else "instances"] = servers
    return total


def _named(classes: Amounts) -> Amounts:
    return {
        "cores": classes.get("VCPU", 0) + classes.get("PCPU", 0),
        "ram": classes.get("MEMORY_MB", 0),
    }


def _unified(call: Call[ApiSeams], classes: Amounts) -> Amounts:
    """Dedicated processors have a limit of their own; an operator may want them to count as
    others do, too, as they did before."""
    counted = dict(classes)
    if call.seams.conf.workarounds.unified_limits_count_pcpu_as_vcpu and "PCPU" in counted:
        counted["VCPU"] = counted.get("VCPU", 0) + counted["PCPU"]
    return {f"{_CLASS}{name}": amount for name, amount in counted.items()}


def _claimed(flavor: Flavor) -> Amounts:
    return {name: amount for name, amount in _plain_classes(flavor).items() if amount}


def _plain_classes(flavor: Flavor) -> dict[str, int]:
    """Resource classes that a server of the flavor claims; extra specs have the last word."""
    dedicated = flavor.extra_specs.get("hw:cpu_policy") == "dedicated"
    disk = flavor.root_gb + flavor.ephemeral_gb + ceil((flavor.swap or 0) / 1024)
    found = {
        "PCPU" if dedicated else "VCPU": flavor.vcpus,
        "MEMORY_MB": flavor.memory_mb,
        "DISK_GB": disk,
    }
    for key, value in flavor.extra_specs.items():
        prefix, _, name = key.partition(":")
        if prefix.startswith("resources") and name and value.isdigit():
            found[name] = int(value)
    return found
