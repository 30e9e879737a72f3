"""What must be true of a stack at rest: everything belongs to a server that exists."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.stack.cloud import Stack
from tools.stack.customer import Customer, at_rest

Servers = Mapping[str, Mapping[str, Any]]


def wrongs(stack: Stack, customer: Customer) -> list[str]:
    """A sentence for each thing that is wrong; empty when all is well."""
    servers = customer.servers()
    placed = {uuid for uuid, one in servers.items() if one["OS-EXT-SRV-ATTR:host"]}
    return [
        *_states(servers),
        *_guests(stack, servers),
        *_strangers("port", ports(customer), placed),
        *_strangers("allocation", allocations(customer), placed),
        *_lost("allocation", allocations(customer), _active(servers)),
        *_lost("port", ports(customer), _active(servers)),
    ]


def guests(state: Path, host: str) -> set[str]:
    """The fake hypervisor's guests, as its file has them."""
    path = state / f"{host}.guests"
    found: dict[str, Any] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        uuid, guest = json.loads(line)
        found[uuid] = guest
    return {uuid for uuid, guest in found.items() if guest is not None}


def ports(customer: Customer) -> list[str]:
    """Whose each port is, of those that belong to compute."""
    found = customer.admin["network"].get("/v2.0/ports")["ports"]
    return [p["device_id"] for p in found if p["device_owner"].startswith("compute:")]


def allocations(customer: Customer) -> list[str]:
    """The consumers of all providers."""
    placement = customer.admin["placement"]
    providers = placement.get("/resource_providers")["resource_providers"]
    return [
        consumer for provider in providers
        for consumer in placement.get(f"/resource_providers/{provider['uuid']}/allocations")[
            "allocations"]
    ]


def _active(servers: Servers) -> set[str]:
    return {uuid for uuid, one in servers.items() if one["status"] == "ACTIVE"}


def _states(servers: Servers) -> Iterable[str]:
    for uuid, one in servers.items():
        if not at_rest(one):
            yield f"{uuid} is still {one['status']}, {one['OS-EXT-STS:task_state']}"
        elif one["status"] not in ("ACTIVE", "ERROR"):
            yield f"{uuid} is {one['status']}"
        elif one["status"] == "ERROR" and not one.get("fault", {}).get("message"):
            yield f"{uuid} is in error without a reason"


def _guests(stack: Stack, servers: Servers) -> Iterable[str]:
    where = {uuid: host for host in stack.hosts for uuid in guests(stack.places.state, host)}
    for uuid, host in where.items():
        if uuid not in servers:
            yield f"guest {uuid} on {host} has no server"
        elif servers[uuid]["OS-EXT-SRV-ATTR:host"] != host:
            yield f"guest {uuid} is on {host}, its server is not"
    for uuid in _active(servers) - set(where):
        yield f"server {uuid} has no guest"


def _strangers(what: str, owners: Iterable[str], known: set[str]) -> Iterable[str]:
    return (f"{what} of {owner} is left over" for owner in owners if owner not in known)


def _lost(what: str, owners: Iterable[str], wanted: set[str]) -> Iterable[str]:
    return (f"server {uuid} has no {what}" for uuid in sorted(wanted - set(owners)))
