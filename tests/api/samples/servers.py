"""Servers of every sort: each sample that changes one has its own."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import vifs_to_json
from nova.clients.network.memory import NetworkMemory
from nova.clients.network.servers import ServerNetworking
from nova.context import admin_context
from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.topology.kept import guest_to_json
from tests import records
from tests.api.nouns import add_migration
from tests.api.samples.sample import Sample
from tests.api.samples.world import Place, add_floating, add_port
from tests.api.servers import add_server

# The state a server must be in for an action that does not take an active one.
STATES: Mapping[str, dict[str, Any]] = {
    "unpause": {"vm_state": "paused"}, "resume": {"vm_state": "suspended"},
    "os-start": {"vm_state": "stopped"}, "unrescue": {"vm_state": "rescued"},
    "unshelve": {"vm_state": "shelved_offloaded", "host": None, "node": None},
    "shelveOffload": {"vm_state": "shelved"}, "restore": {"vm_state": "soft-delete"},
    "confirmResize": {"vm_state": "resized"}, "revertResize": {"vm_state": "resized"},
    "unlock": {"locked_by": "owner"}, "evacuate": {"host": "gone"},
}  # fmt: skip
# What a server must be like to be shown as the sample shows it.
SHOWN: Mapping[str, dict[str, Any]] = {
    "server-get-resp-rescue": {"vm_state": "rescued"},
}  # fmt: skip
NUMA = GuestNuma((
    GuestCell(frozenset(), frozenset({0, 1}), 1024, page_kb=4, host_cell=0, pins={0: 0, 1: 5}),
    GuestCell(frozenset(), frozenset({2, 3}), 1024, page_kb=4, host_cell=1, pins={2: 1, 3: 6}),
), policy="dedicated")  # fmt: skip


def a_server(place: Place, sample: Sample) -> str:
    """Its uuid: one of its own for every sample that changes it."""
    if "server" in place.known:
        return str(place.known["server"])
    if sample.method != "GET" or "kept" not in place.known:
        place.known["kept"] = uuid = _made(place, sample)
        # Something was done to it since it was made.
        for action in ("lock", "unlock"):
            place.world.ask("POST", f"/servers/{uuid}/action", who="admin", json={action: None})
    return str(place.known["kept"])


def _made(place: Place, sample: Sample) -> str:
    columns: dict[str, Any] = {
        "metadata": {"My Server Name": "Apache1", "foo": "Foo Value"}, "key_name": "known",
        "tags": ["tag1", "tag2"], "access_ip_v4": "1.2.3.4", "access_ip_v6": "80fe::",
        "root_device_name": "/dev/vda", "user_data": "IyEvYmluL2Jhc2gK", "user_id": "alice",
        **STATES.get(sample.action or "", {}), **SHOWN.get(sample.short, {}),
    }  # fmt: skip
    uuid = add_server(place.world, "new-server-test", pinned=None, **columns)
    _wire(place, uuid, sample)
    _join(place, uuid)
    _equip(place, uuid)
    if "/migrations" in sample.path:
        move(place, uuid)
    _report(place)
    return uuid


def _report(place: Place) -> None:
    """Time passes when servers are made; hosts go on reporting."""
    cell = place.world.cell
    for service in cell.services.find(binary="nova-compute"):
        cell.services.report(service.host, service.binary, place.world.clock.now())


def _wire(place: Place, uuid: str, sample: Sample) -> None:
    """A port in a security group: in the one that the sample takes away, if it does."""
    world, known = place.world, place.known
    taken = sample.action == "removeSecurityGroup"
    port = add_port(world, known, uuid, "security_group" if taken else "default_group")
    known["port"], known["fixed_ip"] = port.id, port.addresses[0].ip
    if sample.action == "removeFloatingIp":
        add_floating(world, known, "172.16.10.7", port_id=port.id, fixed_ip=known["fixed_ip"])
    if sample.action == "addFloatingIp":
        add_floating(world, known, "10.10.10.10")
    networks = ServerNetworking(NetworkMemory(world.network), world.clock)
    found = vifs_to_json(networks.info(admin_context(), uuid))
    world.cell.instances.update(uuid, {"network_info": found})


def _equip(place: Place, uuid: str) -> None:
    """With a volume, and processors of its own: both threads of each core."""
    numa = guest_to_json(NUMA, uuid) or {}
    for cell in numa["nova_object.data"]["cells"]:
        cell["nova_object.data"]["cpu_topology"] = {"sockets": 1, "cores": 1, "threads": 2}
    place.world.cell.instances.update(uuid, {"numa_topology": numa})
    place.world.cell.devices.add(records.block_device(
        uuid, volume_id=place.known["volume"], device_name="/dev/vdb", boot_index=None,
    ))


def _join(place: Place, uuid: str) -> None:
    place.world.stores.api.groups.add_members(place.known["group"], [uuid])


def move(place: Place, uuid: str) -> None:
    """It is being moved now."""
    place.world.cell.instances.update(uuid, {"task_state": "migrating"})
    add_migration(
        place.world, uuid, 1000 + place.next(), migration_type="live-migration",
        status="running",
    )


