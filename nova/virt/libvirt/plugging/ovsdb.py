"""Questions to the database of Open vSwitch, on a connection of their own.

The library does not say everything: it waits long for a database that is away, and keeps
to itself that it waited in vain.  So whether the database is there is asked before, and
whether a port is there after it.
"""

import json
import socket
from collections.abc import Iterator
from typing import Any

from nova.virt.libvirt.plugging.library import SwitchFailed, SwitchOptions

SCHEMA = "Open_vSwitch"
CHUNK = 65536


class Ovsdb:
    """Asked of the first of its addresses that answers; encrypted ones are not asked."""

    def __init__(self, options: SwitchOptions) -> None:
        self._where = options.connection
        self._remotes = [one for one in _remotes(options.connection) if _is_plain(one)]

    def has(self, port: str | None, seconds: float | None) -> bool | None:
        """Whether there is such a port; None: nobody to ask, or no port to ask for.  Raises
        SwitchFailed when there is no answer within about `seconds`."""
        rows = self._select("Port", port or "", "name", seconds)
        return bool(rows) if rows is not None and port else None

    def is_connected(self, port: str, seconds: float | None) -> bool:
        """Whether the switch has found the port's device; raises SwitchFailed."""
        rows = self._select("Interface", port, "ofport", seconds)
        numbers = [row["ofport"] for row in rows or ()]
        return rows is None or any(isinstance(one, int) and one > 0 for one in numbers)

    def _select(
        self, table: str, name: str, column: str, seconds: float | None
    ) -> list[dict[str, Any]] | None:
        """None: nobody to ask."""
        reasons = []
        for remote in self._remotes:
            try:
                return _ask(remote, table, name, column, seconds)
            except (OSError, ValueError) as error:
                reasons.append(f"{remote}: {error}")
        if reasons:
            told = "; ".join(reasons)
            raise SwitchFailed(reason=f"the database of Open vSwitch does not answer at {told}")
        return None


def _ask(
    remote: str, table: str, name: str, column: str, seconds: float | None
) -> list[dict[str, Any]]:
    select = {"op": "select", "table": table, "where": [["name", "==", name]],
              "columns": [column]}  # fmt: skip
    request = {"method": "transact", "params": [SCHEMA, select], "id": 0}
    with _connected(remote, seconds) as line:
        line.sendall(json.dumps(request).encode())
        for message in _messages(line):
            if message.get("id") == 0 and "result" in message:
                return _rows(message)
    raise ValueError("it hung up")


def _rows(message: dict[str, Any]) -> list[dict[str, Any]]:
    if message.get("error") or "rows" not in message["result"][0]:
        raise ValueError(f"it is not one of Open vSwitch: {message}")
    rows: list[dict[str, Any]] = message["result"][0]["rows"]
    return rows


def _connected(remote: str, seconds: float | None) -> socket.socket:
    kind, _, place = remote.partition(":")
    if kind == "tcp":
        host, _, number = place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(number)), seconds)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(seconds)
        line.connect(place)
    except BaseException:
        line.close()
        raise
    return line


def _messages(line: socket.socket) -> Iterator[dict[str, Any]]:
    """They come one after the other, with nothing between them."""
    decoder, text = json.JSONDecoder(), ""
    while piece := line.recv(CHUNK):
        text += piece.decode()
        while text:
            try:
                message, end = decoder.raw_decode(text)
            except ValueError:
                break
            text = text[end:].lstrip()
            yield message


def _remotes(connection: str) -> list[str]:
    return [one.strip() for one in connection.split(",") if one.strip()]


def _is_plain(remote: str) -> bool:
    return remote.startswith(("tcp:", "unix:"))
