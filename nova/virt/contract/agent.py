"""What is asked of the agent inside a guest."""

from typing import Protocol

from oslo_utils import strutils

from nova.virt.contract.guest import GuestSpec


def has_agent(guest: GuestSpec) -> bool:
    """Whether the image says that there is one."""
    return bool(strutils.bool_from_string(guest.image_properties.get("hw_qemu_guest_agent", "")))


class Agent(Protocol):
    def set_password(self, guest: GuestSpec, user: str, password: str) -> None:
        """Give a user of the guest's system a new password.

        Raises GuestNotFound, AgentNotEnabled when the guest is made without an agent,
        AgentSilent when the agent does not answer, HypervisorError when it refuses.
        """
