"""Seeing and using a server from outside its network: VNC, SPICE, its serial line."""

from nova.core.action import Action
from nova.servers.console import lookup, old_forms, remote

ACTIONS: tuple[Action, ...] = (
    old_forms.VncConsole(), old_forms.SpiceConsole(), old_forms.SerialConsole(),
)  # fmt: skip
# What hosts are asked.
VARIANTS: tuple[Action, ...] = (remote.REMOTE, lookup.CHECK)
ROUTES = (*old_forms.ROUTES, *remote.ROUTES, *lookup.ROUTES)
