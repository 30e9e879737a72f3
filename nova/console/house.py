"""What all sessions of a proxy share."""

from dataclasses import dataclass

from nova.console.ends import Dial
from nova.console.gate import Gate
from nova.console.rfb.handshake import Trust
from nova.core.clock import Clock


@dataclass(frozen=True)
class House:
    """`trust` is set for VNC alone: other protocols are not looked into.

    `web` is the directory of pages, None when there is nothing but web sockets; `record`
    the beginning of the names of files that sessions are recorded in.
    """

    clock: Clock
    gate: Gate
    dial: Dial
    trust: Trust | None = None
    web: str | None = None
    record: str | None = None
