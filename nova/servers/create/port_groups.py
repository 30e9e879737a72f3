"""What ports ask of placement: request groups of their own, as the network service says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nova.clients.network.contract import Port

REMOTE_MANAGED = "remote-managed"


def requested_resources(ports: Sequence[Port]) -> list[dict[str, Any]]:
    """As RequestSpec has them; see nova/scheduler/asking/devices.py."""
    return [group for port in ports for group in _groups(port)]


def _groups(port: Port) -> Iterator[dict[str, Any]]:
    asked = port.resource_request or {}
    if "request_groups" in asked:
        yield from _several(port, asked)
    elif asked.get("resources") or asked.get("required"):
        yield _group(port, port.id, asked)
    elif port.vnic_type == REMOTE_MANAGED:
        yield _group(port, port.id, {})


def _several(port: Port, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One provider tree has to serve those that are to be `same_subtree`."""
    together = list(asked.get("same_subtree") or ())
    for number, one in enumerate(asked["request_groups"]):
        group = _group(port, one["id"], one)
        yield group | {"same_subtree": together} if together and not number else group


def _group(port: Port, suffix: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    required = list(asked.get("required") or ())
    return {
        "requester_id": suffix,
        "port_id": port.id,
        "resources": dict(asked.get("resources") or {}),
        "required": [trait for trait in required if not trait.startswith("!")],
        "forbidden": [trait[1:] for trait in required if trait.startswith("!")],
        "vnic_type": port.vnic_type,
    }
