"""A server goes to another host than the scheduler chose: its group has to allow that now."""

from datetime import timedelta
from typing import Any

from nova.core.workflow import Run
from nova.errors import Conflict
from nova.objects.group_rules import HARD
from nova.objects.store import CellStore, Page
from nova.objects.store.cell import InstanceFilter

# What was decided longer ago the cells know.
RECENT = timedelta(minutes=5)


class GroupForbids(Conflict):
    template = "Server group {group} does not allow server {server} on host {host} any more."


def settle_group(run: Run[Any], host: str) -> None:
    """Alternates were chosen with the first host; others of the group may have come since.
    Raises GroupForbids."""
    groups, server = run.seams.stores.api.groups, run.instance.uuid
    group = groups.of_server(server)
    if group is None or group.policy not in HARD:
        return
    known = _hosts(run, [member for member in group.members if member != server])
    since = run.seams.clock.now() - RECENT
    if not groups.settle(group.uuid, {server: host}, known, since):
        raise GroupForbids(group=group.uuid, server=server, host=host)


def _hosts(run: Run[Any], servers: list[str]) -> dict[str, str]:
    wanted = InstanceFilter(uuids=servers, include_hidden=True)

    def ask(cell: CellStore) -> dict[str, str]:
        found = cell.instances.find(wanted, Page(), detail=False)
        return {one.uuid: one.host for one in found if one.host}

    answers = run.seams.stores.each(ask).values() if servers else ()
    return {uuid: host for answer in answers if isinstance(answer, dict)
            for uuid, host in answer.items()}
