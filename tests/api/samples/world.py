"""Clouds to ask: one for all that only look, one for each route that changes something."""

from dataclasses import dataclass, field, replace
from typing import Any

from nova.clients.network.contract import FloatingIp, PortDraft, SecurityGroup
from nova.clients.network.memory import NetworkMemory
from nova.clients.volume.contract import Snapshot, Volume, VolumeAttachment
from nova.context import admin_context
from nova.objects.cloud import HostMapping
from tests import records
from tests.api.nouns import NOUNS_GIVEN
from tests.api.samples.sample import Sample
from tests.api.servers import SERVERS_GIVEN
from tests.api.world import OTHER_PROJECT, PROJECT, World
from tests.stores import CELL1_UUID

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFwqkyjG5hWQ4oCxqOSPJA/mfwrOp1sR81CFKp0cgDm"
SPEC = {"hw:numa_nodes": "1"}
PLENTY = 10**6
VOLUME = "a07f71dc-8151-4e7d-a0cc-cd24a3f11113"
SNAPSHOT = "421752a6-acf6-4b2d-bc7a-119f9148cd8c"
CPU = {"arch": "x86_64", "model": "Nehalem", "vendor": "Intel", "features": ["pge", "clflush"],
       "topology": {"cores": 1, "sockets": 4, "threads": 1}}  # fmt: skip
# What routes that begin so need; told by the cases of nouns.
GIVEN = {
    "/os-migrations": "migrations", "/os-simple-tenant-usage": "past servers",
    "/os-instance_usage_audit_log": "audited hosts", "/os-baremetal-nodes": "bare metal nodes",
    "/servers/{server_id}/os-volume_attachments": "a server with volumes",
    "/servers/{server_id}/shares": "a server with shares",
    "/images/{image_id}": "images", "/images/{id}": "images",
}  # fmt: skip
PLENTIFUL = (
    "quota__instances", "quota__cores", "quota__ram", "quota__server_groups", "quota__key_pairs",
)


@dataclass
class Place:
    """`known` is what of it can be named, `made` counts what was made to be changed."""

    world: Any
    known: dict[str, Any] = field(default_factory=dict)
    made: int = 0

    def next(self) -> int:
        self.made += 1
        return self.made


def given_for(path: str) -> str | None:
    return next((given for prefix, given in GIVEN.items() if path.startswith(prefix)), None)


def new_place(sample: Sample) -> Place:
    options: dict[str, Any] = dict.fromkeys(PLENTIFUL, PLENTY)
    place = Place(World(**options))
    world, known = place.world, place.known
    known |= SERVERS_GIVEN["wherewithal"](world) or {}
    if (given := given_for(sample.path)) is not None:
        known |= NOUNS_GIVEN[given](world) or {}
    if "audit_log" not in sample.path:
        _hosts(world)
    _flavors(world)
    _images(world)
    _nouns(world, known)
    _network(world, known)
    _volumes(world, known)
    return place


def _hosts(world: World) -> None:
    for name in ("host1", "host2"):
        node = world.add_host(name)
        world.cell.nodes.save(_with_cpu(node))
    world.add_service("control", "nova-scheduler")
    # A service that died, and a server may be fetched from.
    world.add_service("gone", forced_down=True)
    world.stores.api.hosts.add([HostMapping(host="gone", cell_uuid=CELL1_UUID)])


def _with_cpu(node: Any) -> Any:
    node.cpu_info = CPU
    return node


def _images(world: World) -> None:
    """Image services always tell when."""
    for image in tuple(world.images.images.values()):
        made = image.created_at or world.clock.now()
        told = replace(image, created_at=made, updated_at=image.updated_at or made)
        world.images.images[image.id] = told


def _flavors(world: World) -> None:
    world.ask("DELETE", "/flavors/6", who="admin")
    world.ask("POST", "/flavors/1/os-extra_specs", who="admin", json={"extra_specs": SPEC})
    world.identity.projects |= {"openstack"}
    wish = {"addTenantAccess": {"tenant": "openstack"}}
    world.ask("POST", "/flavors/4/action", who="admin", json=wish)


def _nouns(world: World, known: dict[str, Any]) -> None:
    made = world.ask("POST", "/os-aggregates", who="admin", json={
        "aggregate": {"name": "known", "availability_zone": "london"}})
    known["aggregate"] = made.json["aggregate"]["id"]
    group = world.ask("POST", "/os-server-groups", version="2.64", json={
        "server_group": {"name": "known", "policy": "anti-affinity",
                         "rules": {"max_server_per_host": 3}}})
    known["group"] = group.json["server_group"]["id"]
    for who in ("user", "admin"):
        for name in ("known", "new-key"):
            key = {"keypair": {"name": name, "public_key": KEY}}
            assert world.ask("POST", "/os-keypairs", who=who, json=key).status_int == 200


def _network(world: World, known: dict[str, Any]) -> None:
    """A network with security groups and a floating address, another that leads outside."""
    rule = {"id": records.new_uuid(), "direction": "ingress", "protocol": "tcp",
            "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "10.0.0.0/24",
            "remote_group_id": None, "ethertype": "IPv4"}  # fmt: skip
    group = SecurityGroup(records.new_uuid(), "test", PROJECT, "of the samples", (rule,))
    world.network.groups[group.id] = group
    default = next(g for g in world.network.groups.values() if g.name == "default")
    outside = world.network.add_network(
        OTHER_PROJECT, "nova", "172.24.4.0/24", external=True
    )
    known |= {"security_group": group.id, "default_group": default.id, "outside": outside.id}
    known |= {"private": known["network"]}
    known["floating"] = add_floating(world, known, "172.24.4.7").id


def add_floating(
    world: World, known: dict[str, Any], address: str, **more: Any
) -> FloatingIp:
    made = FloatingIp(records.new_uuid(), address, known["outside"], PROJECT, **more)
    world.network.floating[made.id] = made
    return made


def add_port(world: World, known: dict[str, Any], server: str, group: str) -> Any:
    ports = NetworkMemory(world.network).ports
    draft = PortDraft(
        known["network"], PROJECT, server, "compute:nova", host="host1",
        security_groups=(known[group],),
    )
    return ports.create(admin_context(), [draft])[0]


def _volumes(world: World, known: dict[str, Any]) -> None:
    """One that is in use, one that is not, and a snapshot of it."""
    used = Volume(
        records.new_uuid(), 1, "in-use", name="used", description="of the samples",
        project_id=PROJECT, created_at=world.clock.now(),
        attachments=(VolumeAttachment(records.new_uuid(), device="/dev/vdb"),),
    )
    free = replace(used, id=VOLUME, status="available", attachments=())
    snapshot = Snapshot(SNAPSHOT, free.id, 1, "available", "snap", "of the samples",
                        world.clock.now())  # fmt: skip
    if "volume" not in known:
        world.volumes.volumes |= {one.id: one for one in (used, free)}
        world.volumes.snapshots[snapshot.id] = snapshot
    known |= {"volume": used.id, "snapshot": snapshot.id}
