"""What administrators do to servers of others."""

from nova.core.action import Action
from nova.servers.admin.network_info import InjectNetworkInfo
from nova.servers.admin.reset_state import ResetState

ACTIONS: tuple[Action, ...] = (ResetState(), InjectNetworkInfo())
