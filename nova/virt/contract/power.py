"""Turning guests on and off, and holding them."""

from typing import Protocol

from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import WaitForPlug


class Power(Protocol):
    """All of it raises GuestNotFound for a guest that is not here, and
    HypervisorUnavailable when the hypervisor does not answer.  Asking for the
    state that the guest is in already is not an error, except where said.
    """

    def power_on(self, guest: GuestSpec) -> None:
        """Make it run, from what is on its disks; its definition is made anew."""

    def power_off(self, uuid: str, *, timeout: float = 0, retry_interval: float = 10) -> None:
        """Stop it, leaving its disks.

        For `timeout` seconds the guest is asked to shut itself down, again
        every `retry_interval` seconds; after that (0: at once) its power is cut.
        """

    def reboot_soft(self, uuid: str, *, timeout: float) -> bool:
        """Ask the guest to restart itself.  False: it did not within `timeout`
        seconds, or was not running; it is then as it was, or off."""

    def reboot_hard(
        self, guest: GuestSpec, *, wait_for_plug: WaitForPlug | None = None
    ) -> None:
        """Cut its power, check its disks, make its definition anew, start it.
        Works from every power state, and when the definition is lost.  With
        `wait_for_plug` it is first frozen, as by `Spawn.spawn`; when that function
        fails, its power stays cut."""

    def pause(self, uuid: str) -> None:
        """Freeze it in memory; WrongPowerState unless it runs or is frozen."""

    def unpause(self, uuid: str) -> None:
        """WrongPowerState unless it is frozen or runs."""

    def suspend(self, uuid: str) -> None:
        """Save its memory to disk and stop it; WrongPowerState unless it runs or is frozen,
        CannotSuspend if a device of it cannot be saved."""

    def hurry(self, uuid: str) -> None:
        """The guest is about to be destroyed: whoever waits for it now, to shut itself down or
        to let go of a device, waits no longer.  Until `Spawn.destroy`; any id will do."""

    def resume(self, guest: GuestSpec) -> None:
        """Go on from the saved memory; without any, boot it."""
