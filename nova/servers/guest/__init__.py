"""What can be asked of the guest itself."""

from nova.core.action import Action
from nova.servers.guest.console_output import ConsoleOutput

ACTIONS: tuple[Action, ...] = (ConsoleOutput(),)
