"""Names that no other server has: [DEFAULT]osapi_compute_unique_server_name_scope.

Small and capital letters are the same.  Who gives a name takes a turn in the API database,
looks through the creates that wait there and through the cells, and writes before the next
one has his turn: so of those that ask for a name at once, one has it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from nova.core.call import Call
from nova.errors import Conflict
from nova.objects.cloud import BuildRequest
from nova.objects.server import Instance
from nova.objects.store.api import Turn
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.page import Page
from nova.seams import ApiSeams

T = TypeVar("T")

# Who shares names: the turn of a project is also that of its creates.
PROJECT, EVERYBODY = "project", "global"


class InstanceExists(Conflict):
    template = "Instance {name} already exists."


def turn_of(
    call: Call[ApiSeams], project_id: str | None, names: Collection[str], own: str = ""
) -> Turn | None:
    """In which to give servers of the project these names; None where names are free.

    `own` is the server that may have one of them already.  InstanceExists is what the others
    hear, and DatabaseUnavailable all while a cell cannot be asked.
    """
    scope = call.seams.conf.osapi_compute_unique_server_name_scope
    if not scope:
        return None
    shared_by = project_id if scope == PROJECT else None
    cells = call.seams.stores.cells()
    wanted = InstanceFilter(project_id=shared_by, names=tuple(names), include_hidden=True)

    def look(waiting: list[BuildRequest]) -> None:
        _refuse(_of_names(waiting, names), own)
        answers = call.seams.stores.ask(cells, partial(_named, wanted))
        for found in answers.values():
            if isinstance(found, Exception):
                raise found
            _refuse(found, own)

    return Turn(shared_by or EVERYBODY, shared_by, look)


def with_name(
    call: Call[ApiSeams], instance: Instance, columns: Mapping[str, Any], write: Callable[[], T]
) -> T:
    """`write` the columns to the instance's cell, in a turn if its name is among them."""
    turn = renaming(call, instance, columns)
    return write() if turn is None else call.seams.stores.api.builds.after(turn, write)


def renaming(
    call: Call[ApiSeams], instance: Instance, columns: Mapping[str, Any]
) -> Turn | None:
    """The turn for a change of columns, if it needs one."""
    name = columns.get("display_name")
    if name is None or name.lower() == (instance.display_name or "").lower():
        return None
    return turn_of(call, instance.project_id, [name], instance.uuid)


def _of_names(waiting: Iterable[BuildRequest], names: Collection[str]) -> list[Instance]:
    asked = {name.lower() for name in names}
    servers = [build.instance for build in waiting]
    return [one for one in servers if (one.display_name or "").lower() in asked]


def _named(wanted: InstanceFilter, cell: CellStore) -> list[Instance]:
    """Two are enough: one may be the server itself."""
    return cell.instances.find(wanted, Page(limit=2), detail=False)


def _refuse(servers: Iterable[Instance], own: str) -> None:
    for server in servers:
        if server.uuid != own:
            raise InstanceExists(name=server.display_name)
