"""Turning servers on and off, and holding them."""

from nova.core.action import Action
from nova.servers.power.pause import Pause
from nova.servers.power.reboot import Reboot, RebootHard, RebootSoft
from nova.servers.power.resume import Resume
from nova.servers.power.start import Start
from nova.servers.power.stop import Stop
from nova.servers.power.suspend import Suspend
from nova.servers.power.unpause import Unpause

ACTIONS: tuple[Action, ...] = (
    Start(), Stop(), Reboot(), Pause(), Unpause(), Suspend(), Resume(),
)
# What an operation may name beside those: the variants that Reboot picks.
VARIANTS: tuple[Action, ...] = (RebootSoft(), RebootHard())
