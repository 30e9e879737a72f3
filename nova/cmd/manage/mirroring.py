"""nova-manage placement sync_aggregates: the hosts of aggregates, as placement knows them."""

from argparse import Namespace

from nova.clients.placement.contract import PlacementService, ProviderNotFound
from nova.cmd import adapters
from nova.cmd.manage.command import Command, Desk, argument
from nova.context import admin_context
from nova.errors import NovaError, Unavailable
from nova.objects.store.errors import HostMappingNotFound

DONE, DUPLICATE, PLACEMENT, NOT_WRITTEN, NO_MAPPING, NO_NODE, NO_PROVIDER = range(7)


class _Refused(Exception):
    def __init__(self, code: int, line: str) -> None:
        super().__init__(line)
        self.code = code


def sync_aggregates(desk: Desk, asked: Namespace) -> int:
    """The last of the codes: a host that fails does not stop the others."""
    placement = adapters.clients(desk.conf, desk.clock).placement
    members: dict[str, list[str]] = {}
    for aggregate in desk.api.aggregates.find():
        for host in aggregate.hosts:
            members.setdefault(host, []).append(aggregate.uuid)
    code = DONE
    for host, aggregates in sorted(members.items()):
        try:
            _join(placement, _node(desk, host), frozenset(aggregates))
        except _Refused as refused:
            print(refused)
            code = refused.code
        else:
            if asked.verbose:
                named = ", ".join(sorted(aggregates))
                print(f"Host {host} is in aggregates {named} of placement.")
    if code == DONE:
        print("Successfully processed all host aggregates")
    return code


def _node(desk: Desk, host: str) -> str:
    """The uuid of the host's only node, which is that of its provider."""
    try:
        cell = desk.api.cells.get(desk.api.hosts.cell_of(host))
    except HostMappingNotFound as error:
        raise _Refused(NO_MAPPING, f"Host {host} is not mapped to a cell.") from error
    nodes = desk.cell(cell).nodes.find(host=host)
    if not nodes:
        raise _Refused(NO_NODE, f"Host {host} has no compute node record.")
    if len(nodes) > 1:
        raise _Refused(DUPLICATE, f"Host {host} has more than one compute node.")
    return nodes[0].uuid


def _join(placement: PlacementService, provider: str, aggregates: frozenset[str]) -> None:
    context = admin_context()
    try:
        present = placement.facts.aggregates(context, provider)
    except ProviderNotFound as error:
        raise _Refused(NO_PROVIDER, error.message) from error
    except Unavailable as error:
        raise _Refused(PLACEMENT, error.message) from error
    if aggregates <= present.aggregates:
        return
    try:
        placement.facts.set_aggregates(context, provider, present.aggregates | aggregates)
    except NovaError as error:
        raise _Refused(NOT_WRITTEN, error.message) from error


COMMANDS = (
    Command(
        "placement", "sync_aggregates", sync_aggregates,
        "Put hosts into the aggregates of placement that they are in here.",
        (argument("--verbose", action="store_true"),),
    ),
)  # fmt: skip
