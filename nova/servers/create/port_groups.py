"""What ports ask of placement: request groups of their own, as the network service says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nova.clients.network.contract import Port

REMOTE_MANAGED = "remote-managed"


def requested_resources(ports: Sequence[Port]) -> list[dict[str, Any]]:
    """As RequestSpec has them; see nova/scheduler/asking/devices.py."""
    return [group for port in ports for group in _groups(port)]


def groups_of(ports: Sequence[Port]) -> dict[str, list[str]]:
    """{port: the groups it asks of placement}, of ports that ask."""
    found = {port.id: [one["requester_id"] for one in _groups(port) if one["resources"]]
             for port in ports}
    return {port: groups for port, groups in found.items() if groups}


def allocation_of(port_id: str, groups: Sequence[str], providers: Mapping[str, str]) -> Any:
    """What binding:profile says of the providers that serve a port: {group: provider}, or the
    provider alone where the network service knows of no groups.  None: none of them is known."""
    known = {each: providers[each] for each in groups if each in providers}
    return known.get(port_id, known or None)


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
