"""What the interfaces of guests are plugged into."""

from typing import Protocol


class Ports(Protocol):
    def renew(self, uuid: str) -> None:
        """Plug a guest in again: what its host lost meanwhile, a bridge or a port of a
        switch, is there afterwards; what was there stays.  A switch that is away is not
        waited for.

        Raises GuestNotFound, or PlugFailed, HypervisorError when all was tried.
        """
