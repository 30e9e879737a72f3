"""What the cases of nouns begin with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from nova.clients.baremetal.contract import Node
from nova.clients.image.contract import ImageMeta
from nova.clients.volume.contract import Volume, VolumeAttachment, VolumeUnavailable
from nova.db.cell.instance_rows import instances
from nova.db.cell.usage import task_log
from nova.objects.beside import Migration, Share
from tests import records
from tests.api.servers import IMAGE, add_server
from tests.api.world import OTHER_PROJECT, PROJECT, World

SAVING = "70a599e0-31e7-49b7-b260-868f441e8620"
PROTECTED = "70a599e0-31e7-49b7-b260-868f441e8621"


def a_server(world: World) -> dict[str, str]:
    world.add_host("host1")
    return {"server": add_server(world, "one")}


def registered_limits(world: World) -> None:
    world.identity.registered_limits |= {"servers": 3, "class:VCPU": 10}
    world.identity.project_limits["p1"] = {"servers": 7}


def add_migration(world: World, server: str, number: int, **columns: Any) -> None:
    """From host1 to host2 unless `columns` say otherwise."""
    usual = {
        "uuid": f"30000000-0000-4000-8000-{number:012d}", "instance_uuid": server,
        "source_compute": "host1", "source_node": "host1.example", "dest_compute": "host2",
        "dest_node": "host2.example", "dest_host": "10.0.0.2", "old_instance_type_id": 1,
        "new_instance_type_id": 2, "status": "done", "migration_type": "migration",
        "hidden": False, "cross_cell_move": False, "user_id": "alice", "project_id": PROJECT,
        "created_at": world.clock.now(), "updated_at": world.clock.now(), "memory_total": 100,
        "memory_processed": 40, "memory_remaining": 60, "disk_total": 200,
        "disk_processed": 50, "disk_remaining": 150,
    }  # fmt: skip
    world.cell.migrations.add(Migration(**{**usual, **columns}))
    world.clock.sleep(1)


def migrations(world: World) -> dict[str, str]:
    """A finished, a running and a failed one, a second after each other."""
    server = add_server(world, "moved")
    add_migration(world, server, 1, migration_type="live-migration", status="completed",
                  source_compute="host3")
    add_migration(world, server, 2, migration_type="live-migration", status="running")
    add_migration(world, server, 3, migration_type="resize", status="error")
    return {"server": server}


def a_moving_server(world: World) -> dict[str, str]:
    server = add_server(world, "moving", task_state="migrating")
    add_migration(world, server, 1, migration_type="live-migration", status="queued")
    return {"server": server}


def past_servers(world: World) -> dict[str, str]:
    """One that was there for an hour, one that still is after two, one of somebody else;
    two hours have passed."""
    began = world.clock.now()
    one = "10000000-0000-4000-8000-{:012d}".format
    gone = add_server(world, "gone", uuid=one(1), deleted=True, launched_at=began)
    there = add_server(world, "there", uuid=one(2), launched_at=began)
    foreign = add_server(world, "foreign", uuid=one(3), project_id=OTHER_PROJECT, deleted=True,
                         launched_at=began)
    ended = update(instances).where(instances.c.uuid.in_((gone, foreign)))
    values = {"terminated_at": began + timedelta(hours=1)}
    _write(world, lambda connection: connection.execute(ended, values))
    world.clock.moment = began + timedelta(hours=2)
    return {"gone": gone, "there": there}


def audited_hosts(world: World) -> None:
    """Of three hosts one is done with July, one is at it."""
    hosts = [f"a0000000-0000-4000-8000-{number:012d}" for number in (1, 2, 3)]
    for host in hosts:
        world.add_host(host)
    period = {"task_name": "instance_usage_audit", "deleted": 0,
              "period_beginning": datetime(2026, 7, 1, tzinfo=UTC),
              "period_ending": datetime(2026, 8, 1, tzinfo=UTC)}  # fmt: skip
    done = {"state": "DONE", "message": "done", "task_items": 3, "errors": 1}
    begun = {"state": "RUNNING", "message": "begun", "task_items": 2, "errors": 0}
    rows = [{**period, **done, "host": hosts[0]}, {**period, **begun, "host": hosts[1]}]
    _write(world, lambda connection: connection.execute(insert(task_log), rows))


def _write(world: World, work: Callable[[Any], Any]) -> None:
    database: Any = world.cell.database  # type: ignore[attr-defined]
    database.write(work)


def a_volume_in_use(world: World) -> dict[str, str]:
    server = add_server(world, "one")
    volume = "a26887c6-c47b-4654-abb5-dfadf7d3f803"
    world.volumes.volumes[volume] = Volume(
        volume, 1, "in-use", project_id=PROJECT, created_at=world.clock.now(),
        attachments=(VolumeAttachment(server, device="/dev/vdb"),),
    )
    return {"server": server, "volume": volume}


def networks(world: World) -> dict[str, str]:
    """One of the project, and one outside."""
    private = world.network.add_network(PROJECT, "private", "192.168.1.0/24")
    outside = world.network.add_network(OTHER_PROJECT, "outside", "172.24.4.0/24", external=True)
    return {"private": private.id, "outside": outside.id}


def images(world: World) -> dict[str, str]:
    """A good one, one that is being saved, and one that is protected."""
    made = datetime(2011, 1, 1, 1, 2, 3, tzinfo=UTC)
    for image in (
        ImageMeta(IMAGE, "tiny", size=9, min_disk=1, min_ram=64, owner=PROJECT, created_at=made,
                  updated_at=made, properties={"auto_disk_config": "True", "os": "debian"}),
        ImageMeta(SAVING, "saving", status="queued", owner=PROJECT, created_at=made,
                  updated_at=made,
                  properties={"instance_uuid": "20000000-0000-4000-8000-000000000001"}),
        ImageMeta(PROTECTED, "kept", owner=PROJECT, protected=True, created_at=made,
                  updated_at=made, status="killed"),
    ):  # fmt: skip
        world.images.images[image.id] = image
    return {"image": IMAGE, "saving": SAVING, "protected": PROTECTED}


def bare_metal_nodes(world: World) -> None:
    node = Node(
        "058d27fa-241b-445a-a386-08c04f96db43", "1ea4e53e-149a-4f02-9515-590c9fb2315a", "active",
        {"cpus": 2, "memory_mb": 1024, "local_gb": 10}, ("52:54:00:00:00:01",),
    )
    world.baremetal[node.id] = node


def a_server_with_volumes(world: World) -> dict[str, str]:
    """Two of its own, and others of the project: free, in use elsewhere, for several servers."""
    server = add_server(world, "one")
    volumes = {
        "root": ("in-use", False), "data": ("in-use", False), "free": ("available", False),
        "busy": ("in-use", False), "shared": ("available", True),
    }  # fmt: skip
    ids = {name: f"d0000000-0000-4000-8000-{n:012d}" for n, name in enumerate(volumes, 1)}
    for name, (status, multiattach) in volumes.items():
        made = Volume(ids[name], 1, status, project_id=PROJECT, multiattach=multiattach)
        world.volumes.volumes[made.id] = made
    for number, (name, tag) in enumerate({"root": None, "data": "disk"}.items(), 1):
        world.cell.devices.add(records.block_device(
            server, uuid=f"b0000000-0000-4000-8000-{number:012d}", source_type="volume",
            destination_type="volume", volume_id=ids[name], boot_index=number - 1, tag=tag,
            device_name=f"/dev/vd{'ab'[number - 1]}", delete_on_termination=False,
            attachment_id=f"c0000000-0000-4000-8000-{number:012d}",
        ))
    return {"server": server, "shelved": add_server(world, "two", vm_state="shelved"), **ids}


def no_block_storage(world: World) -> None:
    world.volumes.gate = _absent


def _absent(operation: str) -> None:
    raise VolumeUnavailable(service="volume", reason="this cloud has no block storage")


def a_server_with_shares(world: World) -> dict[str, str]:
    """One that is mounted nowhere, one that is."""
    server = add_server(world, "one", vm_state="stopped")
    for number, (tag, status) in enumerate({"data": "inactive", "more": "active"}.items(), 1):
        world.cell.shares.add(Share(
            uuid=f"f0000000-0000-4000-8000-{number:012d}", instance_uuid=server,
            share_id=f"e0000000-0000-4000-8000-{number:012d}", status=status, tag=tag,
            export_location=f"nas:/{tag}", share_proto="NFS",
        ))
    return {"server": server, "running": add_server(world, "two")}


NOUNS_GIVEN: dict[str, Callable[[World], dict[str, str] | None]] = {
    "a server": a_server,
    "registered limits": registered_limits,
    "migrations": migrations,
    "a moving server": a_moving_server,
    "past servers": past_servers,
    "audited hosts": audited_hosts,
    "a volume in use": a_volume_in_use,
    "networks": networks,
    "a server with volumes": a_server_with_volumes,
    "a server with shares": a_server_with_shares,
    "no block storage": no_block_storage,
    "images": images,
    "bare metal nodes": bare_metal_nodes,
}
