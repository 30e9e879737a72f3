"""nova-manage placement audit: allocations that belong to nobody."""

from argparse import Namespace
from collections.abc import Iterable, Sequence

from nova.clients.placement.contract import PlacementService, Provider
from nova.cmd import adapters
from nova.cmd.manage import lookup
from nova.cmd.manage.command import Command, Desk, argument
from nova.context import admin_context
from nova.db.cell import moves
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page

NONE, FOUND, DELETED, BAD_INPUT = 0, 3, 4, 127


def audit(desk: Desk, asked: Namespace) -> int:
    placement = adapters.clients(desk.conf, desk.clock).placement
    context = admin_context()
    if asked.resource_provider:
        one = placement.providers.get(context, asked.resource_provider)
        if one is None:
            print(f"Resource provider with UUID {asked.resource_provider} does not exist.")
            return BAD_INPUT
        providers: Sequence[Provider] = (one,)
    else:
        providers = placement.providers.every(context)
    found = sum(_audit(desk, asked, placement, provider) for provider in providers)
    if asked.verbose or found:
        print(f"Processed {found} allocation{'s' if found != 1 else ''}.")
    if not found:
        return NONE
    return DELETED if asked.delete else FOUND


def _audit(
    desk: Desk, asked: Namespace, placement: PlacementService, provider: Provider
) -> int:
    """Orphans of one provider."""
    context = admin_context()
    held = placement.allocations.of_provider(context, provider.id)
    orphans = sorted(set(held) - known(desk, list(held)))
    for consumer in orphans:
        told = (f"Allocations were set against consumer UUID {consumer} but no existing instances"
                " or active migrations are related.")  # fmt: skip
        if asked.delete:
            placement.allocations.delete(context, consumer)
            told += f" Deleted allocations for consumer UUID {consumer} on Resource Provider"
        else:
            told += f" Allocations for consumer UUID {consumer} on Resource Provider"
        print(f"{told} {provider.id}{'' if asked.delete else ' can be deleted'}:"
              f" {dict(held[consumer])}")  # fmt: skip
    return len(orphans)


def known(desk: Desk, consumers: Sequence[str]) -> set[str]:
    """Those that are servers, servers that are being made, or moves."""
    if not consumers:
        return set()
    found = _being_made(desk, consumers)
    for mapping in lookup.cells(desk):
        cell = desk.cell(mapping)
        wanted = InstanceFilter(uuids=consumers, include_hidden=True)
        found |= {each.uuid for each in cell.instances.find(wanted, Page(), detail=False)}
        found |= moves.known(cell.database, consumers)
    return found


def _being_made(desk: Desk, consumers: Iterable[str]) -> set[str]:
    mappings = desk.api.mappings.of(consumers)
    return {uuid for uuid, mapping in mappings.items() if mapping.cell_uuid is None}


COMMANDS = (
    Command(
        "placement", "audit", audit, "Find allocations that belong to nobody.",
        (argument("--verbose", action="store_true"), argument("--resource_provider"),
         argument("--delete", action="store_true", help="and drop them")),
    ),
)  # fmt: skip
