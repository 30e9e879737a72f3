"""Servers in whatever state a test wants them, as if made long ago."""

from collections.abc import Callable
from typing import Any

from nova.clients.image.contract import ImageMeta
from nova.clients.network.contract import (
    SecurityGroup,
    Vif,
    VifNetwork,
    VifSubnet,
    vifs_to_json,
)
from nova.clients.network.contract.vif import FixedIp
from nova.core.states import OperationState
from nova.objects.cloud import CELL0_UUID, BuildRequest, InstanceMapping
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore
from tests import records
from tests.api.world import OTHER_PROJECT, PROJECT, World

IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"


def instance_of(world: World, name: str, **columns: Any) -> Instance:
    """An active server on host1 unless `columns` say otherwise."""
    now = world.clock.now()
    usual = {
        "display_name": name, "project_id": PROJECT, "user_id": "alice", "image_ref": IMAGE,
        "vm_state": "active", "task_state": None, "power_state": 1, "host": "host1",
        "node": "host1.example", "availability_zone": "nova", "launched_at": now,
        "hostname": name, "locked_by": None, "key_name": None, "config_drive": "",
        "metadata": {}, "system_metadata": {"image_os_distro": "debian"}, "kernel_id": "",
        "ramdisk_id": "", "reservation_id": "r-00000001", "user_data": None, "progress": 0,
        "access_ip_v4": None, "access_ip_v6": None, "display_description": None,
        "root_device_name": "/dev/vda", "created_at": now, "updated_at": now,
        "auto_disk_config": False, "instance_type_id": 1,
    }  # fmt: skip
    return records.instance(**{**usual, **columns})


def add_server(
    world: World, name: str, cell: CellStore | None = None, *, deleted: bool = False,
    hints: dict[str, list[str]] | None = None, pinned: str | None = None, **columns: Any,
) -> str:
    """Its uuid.  A second passes, so that servers are as old as they come."""
    cell = cell or world.cell
    wanted = instance_of(world, name, **columns)
    began = records.operation(
        wanted.uuid, state=OperationState.ACCEPTED.value, start_time=world.clock.now(),
        deadline=world.clock.now(), project_id=PROJECT, user_id="alice",
    )
    _, operation = cell.operations.create(wanted, began)
    _settle(world, cell, operation.id, wanted, deleted)
    world.stores.api.mappings.add([_mapping(world, cell, wanted)])
    spec = records.request_spec(
        wanted.uuid, hints=hints or {}, availability_zone=pinned, image={"id": IMAGE}
    )
    world.stores.api.specs.save(spec)
    world.clock.sleep(1)
    return wanted.uuid


def _settle(
    world: World, cell: CellStore, operation_id: int, wanted: Instance, deleted: bool
) -> None:
    now = world.clock.now()
    cell.operations.claim(operation_id, "test", now, now)
    cell.operations.settle(operation_id, "test", records.outcome(deleted=deleted))
    if wanted.task_state and not deleted:
        cell.instances.update(wanted.uuid, {"task_state": wanted.task_state})


def _mapping(world: World, cell: CellStore, wanted: Instance) -> InstanceMapping:
    return InstanceMapping(
        instance_uuid=wanted.uuid, cell_uuid=cell.uuid, project_id=wanted.project_id or "",
        user_id=wanted.user_id, queued_for_delete=False,
    )


def add_pending(world: World, name: str, **columns: Any) -> str:
    """A server that has no cell yet."""
    beginning = {"vm_state": "building", "task_state": "scheduling", "power_state": 0,
                 "host": None, "node": None, "launched_at": None}  # fmt: skip
    wanted = instance_of(world, name, **{**beginning, **columns})
    for field in Instance.fields:
        if field != "id" and not wanted.known(field):
            wanted.keep({field: None})
    build: BuildRequest = records.build_request(
        wanted, created_at=world.clock.now(), deadline=world.clock.now()
    )
    spec = records.request_spec(wanted.uuid, hints={}, image={"id": IMAGE})
    world.stores.api.builds.record([(build, spec)])
    world.clock.sleep(1)
    return wanted.uuid


def vifs(*addresses: str, network: str = "private") -> list[dict[str, Any]]:
    """What a server knows of one port with these addresses."""
    subnets = tuple(
        VifSubnet(cidr="::/0" if ":" in one else "0.0.0.0/0", version=6 if ":" in one else 4,
                  ips=(FixedIp(one),))
        for one in addresses
    )
    port = Vif(
        port_id=records.new_uuid(), mac="fa:16:3e:00:00:01",
        network=VifNetwork(records.new_uuid(), network, subnets=subnets),
    )  # fmt: skip
    return vifs_to_json([port])


def _one_host(world: World) -> None:
    world.add_host("host1")


def _wherewithal(world: World) -> dict[str, str]:
    """What a server needs: flavors, images, a network and a keypair."""
    for number, (name, more) in enumerate(FLAVORS.items(), 1):
        wanted = records.flavor(id=number, flavorid=str(number), name=name, **more)
        world.stores.api.flavors.create(wanted)
    for image_id, facts in IMAGES.items():
        world.images.images[image_id] = ImageMeta(id=image_id, **{**USABLE, **facts})
    network = world.network.add_network(PROJECT, "private", "192.168.1.0/24")
    group = SecurityGroup(records.new_uuid(), "default", PROJECT)
    world.network.groups[group.id] = group
    key = {"keypair": {"name": "mine", "public_key": KEY}}
    assert world.ask("POST", "/os-keypairs", json=key).status_int == 200
    return {"network": network.id, "image": IMAGE}


def _servers(world: World) -> dict[str, str]:
    """Four, from the oldest to the newest; the last has no cell yet."""
    return {
        "one": add_server(world, "one", tags=["red", "round"], key_name="mine",
                          network_info=vifs("10.0.0.1", "fd00::1"), user_id="alice"),
        "two": add_server(world, "two", vm_state="stopped", tags=["red"], power_state=4,
                          network_info=vifs("10.0.0.12"), locked_by="owner", config_drive="True"),
        "three": add_server(world, "three", vm_state="error", host=None, node=None,
                            user_id="bob", reservation_id="r-00000003"),
        "four": add_pending(world, "four", tags=["round"]),
        "old": add_server(world, "old", deleted=True),
    }


def _elsewhere(world: World) -> dict[str, str]:
    return {"foreign": add_server(world, "foreign", project_id=OTHER_PROJECT, user_id="bob")}


def _in_cell0(world: World) -> dict[str, str]:
    cell0 = world.stores.cell(CELL0_UUID)
    return {"buried": add_server(world, "buried", cell0, vm_state="error", host=None, node=None,
                                 launched_at=None)}


FLAVORS: dict[str, dict[str, Any]] = {
    "m1.tiny": {}, "m1.small": {"memory_mb": 2048, "root_gb": 20}, "m1.none": {"root_gb": 0},
    "m1.private": {"is_public": False}, "m1.off": {"disabled": True},
    "m1.parts": {"ephemeral_gb": 2, "swap": 64}, "m1.wide": {"vcpus": 30},
}
USABLE = {"name": "tiny", "disk_format": "raw", "container_format": "bare",
          "visibility": "public", "size": 9}
IMAGES: dict[str, dict[str, Any]] = {
    IMAGE: {"properties": {"os_distro": "debian"}},
    "10000000-0000-4000-8000-000000000001": {"min_ram": 1024},
    "10000000-0000-4000-8000-000000000002": {"min_disk": 2},
    "10000000-0000-4000-8000-000000000003": {"status": "queued"},
    "10000000-0000-4000-8000-000000000004": {"size": 2 * 1024**3},
    "10000000-0000-4000-8000-000000000005": {"properties": {"auto_disk_config": "disabled"}},
    "10000000-0000-4000-8000-000000000006": {"properties": {"img_config_drive": "mandatory",
                                                            "auto_disk_config": "true"}},
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFwqkyjG5hWQ4oCxqOSPJA/mfwrOp1sR81CFKp0cgDm"
SERVERS_GIVEN: dict[str, Callable[[World], dict[str, str] | None]] = {
    "one host": _one_host,
    "wherewithal": _wherewithal,
    "servers": _servers,
    "a server elsewhere": _elsewhere,
    "a server in cell0": _in_cell0,
}
