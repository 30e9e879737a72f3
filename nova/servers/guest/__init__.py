"""What can be asked of the guest itself."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.guest import diagnostics
from nova.servers.guest.console_output import ConsoleOutput
from nova.servers.guest.crash_dump import TriggerCrashDump
from nova.servers.guest.password import ChangePassword

ACTIONS: tuple[Action, ...] = (ConsoleOutput(), ChangePassword(), TriggerCrashDump())
VARIANTS: tuple[Action, ...] = (diagnostics.DIAGNOSTICS,)
ROUTES: tuple[Route, ...] = diagnostics.ROUTES
