"""Standing between a VNC client and a VNC server until both believe in a session.

The client proved itself by its token, and is asked for nothing more; the server is
spoken to as the operator wants.  What the server says of the outcome goes through
to the client, and all that follows.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from nova.console.ends import End, TargetEnd
from nova.console.errors import TargetFailed
from nova.console.rfb.schemes import NONE, SCHEMES, Certificates

VERSION = b"RFB 003.008\n"
_VERSION = re.compile(rb"RFB (\d{3})\.(\d{3})\n")


@dataclass(frozen=True)
class Trust:
    """`schemes` are names, the most wanted first."""

    schemes: Sequence[str]
    certificates: Certificates = field(default_factory=Certificates)


def introduce(client: End, server: TargetEnd, host: str, trust: Trust) -> None:
    """Raises TargetFailed; then the client was told, if it could be."""
    _same_version(client, server)
    try:
        offered = _offered(server)
        name = _chosen(trust.schemes, offered)
    except TargetFailed as error:
        client.write(b"\0" + _sentence(error.message))
        raise
    client.write(bytes((1, NONE)))
    if client.read(1)[0] != NONE:
        client.write(struct.pack("!I", 1) + _sentence("Only type None is there"))
        raise TargetFailed(reason="The client asked for what it was not offered")
    number, prove = SCHEMES[name]
    server.write(bytes((number,)))
    try:
        prove(server, host, trust.certificates)
    except TargetFailed as error:
        client.write(struct.pack("!I", 1) + _sentence("The VNC server could not be trusted"))
        raise error


def _same_version(client: End, server: TargetEnd) -> None:
    """3.8 it is: earlier ones let the server choose, and that is ours to do."""
    for end, whose in ((server, "server"), (client, "client")):
        if end is client:
            client.write(VERSION)
        said = end.read(len(VERSION))
        found = _VERSION.fullmatch(said)
        if found is None or (int(found[1]), int(found[2])) < (3, 8):
            raise TargetFailed(reason=f"The VNC {whose} speaks {said!r}, not RFB 3.8")
        if end is server:
            server.write(VERSION)


def _offered(server: TargetEnd) -> set[int]:
    count = server.read(1)[0]
    if count == 0:
        (length,) = struct.unpack("!I", server.read(4))
        reason = server.read(min(length, 1024)).decode("utf-8", "replace")
        raise TargetFailed(reason=f"The VNC server refuses: {reason}")
    return set(server.read(count))


def _chosen(wanted: Sequence[str], offered: set[int]) -> str:
    for name in wanted:
        if SCHEMES[name][0] in offered:
            return name
    raise TargetFailed(
        reason=f"The VNC server wants to be spoken to as {sorted(offered)}, "
        f"[vnc]auth_schemes are {list(wanted)}"
    )


def _sentence(text: str) -> bytes:
    said = text.encode()
    return struct.pack("!I", len(said)) + said
