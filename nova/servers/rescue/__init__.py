"""Starting servers from another disk, so that their own can be mended."""

from nova.core.action import Action
from nova.servers.rescue.rescue import Rescue
from nova.servers.rescue.unrescue import Unrescue

ACTIONS: tuple[Action, ...] = (Rescue(), Unrescue())
