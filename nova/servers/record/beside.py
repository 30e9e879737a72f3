"""What views need beside the records: a constant number of questions for any number of servers."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from nova.core.call import Call
from nova.errors import NovaError
from nova.microversions import GROUPS_SHOWN, HINTS_SHOWN, HOST_STATUS, PINNED_ZONE
from nova.objects.host import Service
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore
from nova.seams import ApiSeams
from nova.servers.record.view import SHOW_HOST_STATUS, SHOW_UNKNOWN_HOST, Beside

LOG = logging.getLogger(__name__)


def beside_of(
    call: Call[ApiSeams], instances: Sequence[Instance], *, groups: bool = False
) -> Beside:
    """`groups`: also their server groups (not in lists)."""
    uuids = [instance.uuid for instance in instances]
    with_specs = call.has(PINNED_ZONE) or call.has(HINTS_SHOWN)
    store = call.seams.stores.api
    return Beside(
        host_status=_host_statuses(call, instances),
        specs=store.specs.of(uuids) if with_specs and uuids else {},
        groups=store.groups.of_servers(uuids) if groups and call.has(GROUPS_SHOWN) else None,
        security_groups=_security_groups(call, instances),
    )


def _security_groups(
    call: Call[ApiSeams], instances: Sequence[Instance]
) -> dict[str, list[str]]:
    """Names; nothing while the network service does not answer."""
    wired = [one.uuid for one in instances if one.network_info]
    if not wired:
        return {}
    try:
        found = call.seams.network.guards.of(call.context, wired)
    except NovaError as error:
        LOG.warning("Security groups are not shown: %s", error)
        return {}
    return {uuid: sorted({group.name for group in groups}) for uuid, groups in found.items()}


def _host_statuses(call: Call[ApiSeams], instances: Sequence[Instance]) -> dict[str, str]:
    wanted = any(instance.host for instance in instances) and call.has(HOST_STATUS)
    if not wanted or not (call.allows(SHOW_HOST_STATUS) or call.allows(SHOW_UNKNOWN_HOST)):
        return {}

    def ask(cell: CellStore) -> list[Service]:
        return cell.services.find(binary="nova-compute")

    answers = call.seams.stores.each(ask)
    return {
        service.host: host_status(call, service)
        for answer in answers.values()
        if isinstance(answer, list)
        for service in answer
    }


def host_status(call: Call[ApiSeams], service: Service) -> str:
    if service.forced_down:
        return "DOWN"
    if service.disabled:
        return "MAINTENANCE"
    seen = service.last_seen_up or service.updated_at
    limit = timedelta(seconds=call.seams.conf.service_down_time)
    alive = seen is not None and call.seams.clock.now() - seen <= limit
    return "UP" if alive else "UNKNOWN"
