"""Ending servers."""

from nova.core.action import Action
from nova.servers.delete.delete import Delete
from nova.servers.delete.force import ForceDelete

ACTIONS: tuple[Action, ...] = (ForceDelete(),)
VARIANTS: tuple[Action, ...] = (Delete(),)
