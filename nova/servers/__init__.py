"""Verbs: everything a user can do to a server, a module each."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers import (
    admin,
    attach,
    console,
    create,
    delete,
    guest,
    image,
    move,
    power,
    rebuild,
    record,
    rescue,
)
from nova.servers.face import routes_of
from nova.servers.volumes_boot import aliases

ACTIONS: tuple[Action, ...] = (
    *power.ACTIONS,
    *delete.ACTIONS,
    *record.ACTIONS,
    *guest.ACTIONS,
    *admin.ACTIONS,
    *move.ACTIONS,
    *console.ACTIONS,
    *rescue.ACTIONS,
)

# What operations and questions name: the actions, and the variants some pick.
BY_KIND: dict[str, Action] = {
    action.kind: action
    for action in (
        *ACTIONS, *power.VARIANTS, *delete.VARIANTS, *create.VARIANTS, *guest.VARIANTS,
        *attach.VARIANTS,
        *console.VARIANTS,
        *image.VARIANTS, *rebuild.VARIANTS,
    )
}

_OWN: tuple[Route, ...] = (
    *record.ROUTES,
    *create.ROUTES,
    *delete.ROUTES,
    *guest.ROUTES,
    *attach.ROUTES,
    *console.ROUTES,
    *image.ROUTES,
    *rebuild.routes(record.after_change, record.VIEW_POLICIES),
    *move.ROUTES,
    *routes_of(ACTIONS),
)
routes: tuple[Route, ...] = (*_OWN, *aliases(_OWN))

# This project's own; see nova/resources/additions.py.
additions: tuple[Route, ...] = create.ADDITIONS
