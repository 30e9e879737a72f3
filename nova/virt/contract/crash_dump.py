"""Making a guest write down what it does, and die."""

from typing import Protocol


class CrashDump(Protocol):
    def trigger(self, uuid: str) -> None:
        """Send the guest a non-maskable interrupt; what it does then is its own affair.
        Raises GuestNotFound, WrongPowerState when nothing of it runs."""
