"""Verbs: everything a user can do to a server, a module each."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers import admin, attach, console, create, delete, guest, move, power, record
from nova.servers.face import routes_of
from nova.servers.volumes_boot import aliases

ACTIONS: tuple[Action, ...] = (
    *power.ACTIONS,
    *delete.ACTIONS,
    *record.ACTIONS,
    *guest.ACTIONS,
    *admin.ACTIONS,
    *console.ACTIONS,
)

# What operations and questions name: the actions, and the variants some pick.
BY_KIND: dict[str, Action] = {
    action.kind: action
    for action in (
        *ACTIONS, *power.VARIANTS, *delete.VARIANTS, *create.VARIANTS, *guest.VARIANTS,
        *attach.VARIANTS,
        *console.VARIANTS,
    )
}

_OWN: tuple[Route, ...] = (
    *record.ROUTES,
    *create.ROUTES,
    *delete.ROUTES,
    *guest.ROUTES,
    *attach.ROUTES,
    *console.ROUTES,
    *move.ROUTES,
    *routes_of(ACTIONS),
)
routes: tuple[Route, ...] = (*_OWN, *aliases(_OWN))
