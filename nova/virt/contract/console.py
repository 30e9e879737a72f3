"""What a guest shows: its log, and its screens."""

from dataclasses import dataclass
from typing import Protocol

MAX_OUTPUT_BYTES = 100 * 1024


class Console(Protocol):
    def output(
        self, uuid: str, *, tail_lines: int | None = None, max_bytes: int = MAX_OUTPUT_BYTES
    ) -> bytes:
        """The end of what the guest wrote to its serial console, at most
        `tail_lines` lines (None: all) and `max_bytes` bytes.

        Kept over power cycles.  Raises GuestNotFound, ConsoleNotAvailable.
        """


@dataclass(frozen=True)
class ScreenAddress:
    """Where a console proxy connects to."""

    host: str
    port: int
    tls_port: int | None = None
    internal_path: str | None = None


class Screen(Protocol):
    """One way to see and use a guest: VNC, SPICE or a serial line."""

    def address(self, uuid: str) -> ScreenAddress:
        """Raises GuestNotFound, ConsoleNotAvailable."""
