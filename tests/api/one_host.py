"""Servers for cases of what one host does."""

from collections.abc import Callable
from typing import Any

from nova.clients.network.contract import FloatingIp, PortDraft, vifs_to_json
from nova.clients.network.memory import NetworkMemory
from nova.clients.network.servers import ServerNetworking
from nova.context import admin_context
from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.topology.kept import guest_to_json
from tests.api.servers import add_server
from tests.api.world import OTHER_PROJECT, PROJECT, World

FLOATING = "172.24.4.7"


def with_password(world: World) -> dict[str, str]:
    pieces = {"password_0": "AAA", "password_1": "BBB"}
    return {"told": add_server(world, "told", system_metadata=pieces)}


def with_cells(world: World) -> dict[str, str]:
    numa = GuestNuma((
        GuestCell(frozenset(), frozenset({0, 1}), 1024, page_kb=4, host_cell=0, pins={0: 0, 1: 5}),
        GuestCell(frozenset({2, 3}), frozenset(), 2048, page_kb=4, host_cell=1),
    ), policy="mixed")  # fmt: skip
    uuid = add_server(world, "placed")
    world.cell.instances.update(uuid, {"numa_topology": guest_to_json(numa, uuid)})
    return {"placed": uuid}


def with_port(world: World) -> dict[str, str]:
    """A server with a port; two floating addresses of its project, of which one leads to
    another server, and one of another project."""
    network = world.network.add_network(PROJECT, "private", "192.168.1.0/24")
    uuid = add_server(world, "wired")
    ports = NetworkMemory(world.network).ports
    (port,) = ports.create(
        admin_context(), [PortDraft(network.id, PROJECT, uuid, "compute:nova", host="host1")]
    )
    networks = ServerNetworking(NetworkMemory(world.network), world.clock)
    found = networks.info(admin_context(), uuid)
    world.cell.instances.update(uuid, {"network_info": vifs_to_json(found)})
    other = add_server(world, "other")
    (elsewhere,) = ports.create(
        admin_context(), [PortDraft(network.id, PROJECT, other, "compute:nova", host="host1")]
    )
    for number, (address, project, leads_to) in enumerate([
        (FLOATING, PROJECT, None), ("172.24.4.8", OTHER_PROJECT, None),
        ("172.24.4.6", PROJECT, elsewhere),
    ]):
        one = FloatingIp(f"f0000000-0000-4000-8000-00000000000{number}", address, network.id,
                         project, *((leads_to.id, leads_to.addresses[0].ip) if leads_to else ()))
        world.network.floating[one.id] = one
    return {"wired": uuid, "port": port.id, "net": network.id,
            "ip": port.addresses[0].ip, "other": other, "bare": add_server(world, "bare")}


ONE_HOST_GIVEN: dict[str, Callable[[World], dict[str, Any] | None]] = {
    "a server that told its password": with_password,
    "a server with memory nodes": with_cells,
    "a server with a port": with_port,
}
