"""Where a test or a simulation steps in between a caller and a service in memory."""

from typing import Protocol


class Gate(Protocol):
    """Called with the operation ("placement.claim") before it happens.

    It may count, wait on its own clock, or raise (Unavailable, say): then the
    operation did not happen.
    """

    def __call__(self, operation: str) -> None: ...


def open_gate(operation: str) -> None:
    """The gate that lets everything pass."""
