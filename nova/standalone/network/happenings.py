"""Which changes of ports compute is told about, as its external events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Port = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One entry of POST /os-server-external-events; `tag` is the port's id."""

    name: str
    server_uuid: str
    tag: str
    status: str = "completed"


class Notifier(Protocol):
    def notify(self, events: Sequence[ServerEvent]) -> None:
        """Pass on, later and in order; never blocks or raises."""


class Silence:
    """For clouds in which nobody waits for events."""

    def notify(self, events: Sequence[ServerEvent]) -> None:
        """Nobody listens."""


def events_of(before: Port | None, after: Port | None) -> list[ServerEvent]:
    """What happened to a port: `before` None when new, `after` None when deleted."""
    port = after or before
    if port is None or not _of_server(port):
        return []
    return [
        ServerEvent(name, port["device_id"], port["id"])
        for name, happened in (
            ("network-vif-deleted", after is None),
            ("network-vif-plugged", _plugged(before, after)),
            ("network-vif-unplugged", _unplugged(before, after)),
            ("network-changed", _moved(before, after)),
        )
        if happened
    ]


def _of_server(port: Port) -> bool:
    return port["device_owner"].startswith("compute:") and bool(port["device_id"])


def _plugged(before: Port | None, after: Port | None) -> bool:
    """Becoming active, or being active on another host."""
    if after is None or after["status"] != "ACTIVE":
        return False
    if before is None or before["status"] != "ACTIVE":
        return True
    return bool(before["binding:host_id"] != after["binding:host_id"])


def _unplugged(before: Port | None, after: Port | None) -> bool:
    if before is None or after is None:
        return False
    return bool(before["status"] == "ACTIVE" and after["status"] == "DOWN")


def _moved(before: Port | None, after: Port | None) -> bool:
    if before is None or after is None:
        return False
    return bool(before["fixed_ips"] != after["fixed_ips"])
