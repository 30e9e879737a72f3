"""Finding hosts of a cell that are not mapped to it."""

from collections.abc import Callable

from nova.cmd.manage.command import Desk
from nova.objects.cloud import CellMapping, HostMapping

Tell = Callable[[str], None]


class MappedElsewhere(Exception):
    """A host of this cell is mapped to another one."""


def silent(_line: str) -> None:
    """Tells nobody."""


def discover(
    desk: Desk, cell: CellMapping, *, by_service: bool = False, tell: Tell = silent
) -> list[str]:
    """Map what is new; answers the hosts that were.

    `by_service` looks for nova-compute services instead of hypervisors that
    are not marked as mapped.
    """
    found = _services(desk, cell) if by_service else _nodes(desk, cell)
    mapped = {each.host: each.cell_uuid for each in desk.api.hosts.find()}
    new: list[str] = []
    for host, ident in found.items():
        tell(f"Checking host mapping for compute host '{host}': {ident}")
        if mapped.get(host, cell.uuid) != cell.uuid:
            raise MappedElsewhere(host)
        if host not in mapped:
            tell(f"Creating host mapping for compute host '{host}': {ident}")
            new.append(host)
    desk.api.hosts.add(HostMapping(host=host, cell_uuid=cell.uuid) for host in new)
    _mark(desk, cell, list(found))
    return new


def _nodes(desk: Desk, cell: CellMapping) -> dict[str, str]:
    """{host: uuid of one of its hypervisors}"""
    return {node.host: node.uuid for node in desk.cell(cell).nodes.unmapped()}


def _services(desk: Desk, cell: CellMapping) -> dict[str, str]:
    found = desk.cell(cell).services.find(binary="nova-compute")
    return {service.host: service.uuid for service in found}


def _mark(desk: Desk, cell: CellMapping, hosts: list[str]) -> None:
    nodes = desk.cell(cell).nodes
    uuids = [node.uuid for node in nodes.unmapped() if node.host in hosts]
    if uuids:
        nodes.set_mapped(uuids)
