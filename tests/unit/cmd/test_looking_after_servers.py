"""nova-manage image_property, libvirt, volume_attachment and db: what is kept of servers."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from nova.cmd.manage.machine_types import is_update
from nova.core.states import VmState
from nova.db.api.mappings import instance_mappings
from nova.db.api.store import SqlApiStore
from nova.db.cell import legacy
from nova.db.cell.instance_rows import instances
from nova.db.cell.nodes import compute_nodes
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import InstanceMapping
from nova.objects.host import Service
from tests import records

Manage = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def cell1(manage: Manage, ready: None) -> str:
    return manage("cell_v2", "create_cell", "--name", "cell1", "--verbose")[1][0]


def a_server(cell: SqlCellStore, api: SqlApiStore, cell_uuid: str, **more: object) -> str:
    made = records.instance(**{"vm_state": VmState.STOPPED.value, "task_state": None, **more})
    cell.operations.create(made, records.operation(made.uuid))
    api.mappings.add([InstanceMapping(
        instance_uuid=made.uuid, cell_uuid=cell_uuid, project_id="p", user_id="u",
        queued_for_delete=False)])  # fmt: skip
    api.specs.save(records.request_spec(made.uuid))
    return made.uuid


def test_image_properties(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    uuid, running = a_server(cell, api, cell1), a_server(cell, api, cell1, vm_state="active")

    def change(*pairs: str, uuid: str = uuid) -> int:
        words = [word for pair in pairs for word in ("--property", pair)]
        return manage("image_property", "set", uuid, *words)[0]

    assert manage("image_property", "show", uuid, "os_distro") == (0, ["debian"])
    assert manage("image_property", "show", uuid, "hw_disk_bus")[0] == 3
    assert manage("image_property", "show", records.new_uuid(), "os_distro")[0] == 2
    assert change("hw_disk_bus=virtio", "hw_cpu_cores=4", "trait:CUSTOM_X=required") == 0
    assert manage("image_property", "show", uuid, "hw_disk_bus") == (0, ["virtio"])
    assert api.specs.get(uuid).image["properties"]["hw_cpu_cores"] == "4"
    assert change("hw_disk_bus=virtio", uuid=records.new_uuid()) == 2
    assert change("hw_disk_bus=virtio", uuid=running) == 3
    assert change("hw_nonsense=1") == 4
    assert change("hw_disk_bus=carrier_pigeon") == 5
    assert change("hw_cpu_cores=many") == 5
    assert change("hw_boot_menu=perhaps") == 5
    assert change("hw_disk_bus") == 6


def test_machine_types(manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str) -> None:
    uuid, running = a_server(cell, api, cell1), a_server(cell, api, cell1, vm_state="active")

    def update(wanted: str, *words: str, uuid: str = uuid) -> int:
        return manage("libvirt", "update_machine_type", uuid, wanted, *words)[0]

    assert manage("libvirt", "get_machine_type", uuid)[0] == 3
    assert manage("libvirt", "get_machine_type", records.new_uuid())[0] == 2
    code, lines = manage("libvirt", "list_unset_machine_type")
    assert code == 3 and set(lines) == {uuid, running}
    assert update("pc-i440fx-2.11") == 0
    assert manage("libvirt", "get_machine_type", uuid) == (0, ["pc-i440fx-2.11"])
    assert update("pc", uuid=records.new_uuid()) == 2
    assert update("pc", uuid=running) == 3
    assert update("q35") == 4 and update("pc-i440fx-2.10") == 4 and update("pc") == 4
    assert update("toaster") == 5
    assert update("pc-i440fx-10.0") == 0
    assert update("q35", "--force") == 0
    assert manage("libvirt", "list_unset_machine_type", "--cell-uuid", cell1) == (3, [running])
    assert manage("libvirt", "list_unset_machine_type", "--cell-uuid", "x")[0] == 2


@pytest.mark.parametrize(
    ("present", "wanted", "fine"),
    [("pc", "pc", True), ("pc", "pc-i440fx-5.0", False), ("pc-q35-5.0", "pc-q35-5.10", True),
     ("virt-4.0", "virt-3.9", False), ("q35", "virt", False)],
)  # fmt: skip
def test_what_counts_as_an_update(present: str, wanted: str, fine: bool) -> None:
    assert is_update(present, wanted) is fine


def test_attachments_are_shown(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    uuid = a_server(cell, api, cell1)
    device = records.block_device(uuid, connection_info='{"driver_volume_type": "rbd"}')
    cell.devices.add(device)
    show = ("volume_attachment", "show")
    code, lines = manage(*show, uuid, device.volume_id, "--json")
    told = json.loads(lines[0])
    assert code == 0 and told["uuid"] == device.uuid
    assert told["connection_info"] == {"driver_volume_type": "rbd"}
    code, lines = manage(*show, uuid, device.volume_id, "--connection_info", "--json")
    assert json.loads(lines[0]) == {"driver_volume_type": "rbd"}
    assert "driver_volume_type" in "\n".join(manage(*show, uuid, device.volume_id)[1])
    assert manage(*show, records.new_uuid(), device.volume_id)[0] == 2
    assert manage(*show, uuid, records.new_uuid())[0] == 3


def test_data_of_older_releases(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    def rows(database: object, query: sa.Executable) -> list[tuple[object, ...]]:
        return database.write(  # type: ignore[attr-defined,no-any-return]
            lambda c: [tuple(row) for row in c.execute(query)]
        )

    def change(database: object, query: sa.Executable) -> None:
        database.write(lambda c: c.execute(query))  # type: ignore[attr-defined]

    migrate = ("db", "online_data_migrations")
    assert manage(*migrate, "--max-count", "0")[0] == 127
    uuid = a_server(cell, api, cell1, host="h1", node="h1")
    cell.nodes.save(records.compute_node("h1"))
    change(cell.database, sa.update(instances).values(compute_id=None, availability_zone=None))
    change(cell.database, sa.update(compute_nodes).values(
        cpu_allocation_ratio=0.0, ram_allocation_ratio=None, disk_allocation_ratio=2.5))
    change(api.database, sa.update(instance_mappings).values(
        user_id=None, queued_for_delete=None))
    change(cell.database, sa.insert(legacy.quotas).values(
        project_id="p", resource="cores", hard_limit=7, deleted=0))
    change(cell.database, sa.insert(legacy.quota_classes).values(
        class_name="default", resource="ram", hard_limit=8, deleted=0))
    assert manage(*migrate, "--max-count", "1")[0] == 1
    code, lines = manage(*migrate)
    shown = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    assert code == 0 and lines[0] == "Running batches of 50 until complete"
    assert ["Migration", "Total Needed", "Completed"] in shown
    assert ["populate_user_id", "1", "1"] in shown
    assert manage(*migrate)[0] == 0
    assert api.quotas.limits("p") == {"cores": 7} and api.quotas.class_limits("default") == {
        "ram": 8}  # fmt: skip
    node = rows(cell.database, sa.select(
        compute_nodes.c.id, compute_nodes.c.cpu_allocation_ratio,
        compute_nodes.c.ram_allocation_ratio, compute_nodes.c.disk_allocation_ratio))[0]
    assert node[1:] == (4.0, 1.0, 2.5)
    assert rows(cell.database, sa.select(
        instances.c.compute_id, instances.c.availability_zone)) == [(node[0], "nova")]
    mapping = api.mappings.of([uuid])[uuid]
    assert (mapping.user_id, mapping.queued_for_delete) == (records.USER, False)


def test_a_migration_that_fails_is_told(
    manage: Manage, cell: SqlCellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_database: object, _limit: int) -> tuple[int, int]:
        raise RuntimeError("no way")

    monkeypatch.setattr("nova.db.cell.backlog.node_ids", broken)
    code, lines = manage("db", "online_data_migrations")
    assert code == 2 and lines[-1].startswith("Some migrations failed")


def test_bare_metal_nodes_change_their_service(
    manage: Manage, cell: SqlCellStore, api: SqlApiStore, cell1: str
) -> None:
    for host in ("one", "two"):
        cell.services.register(
            Service(host=host, binary="nova-compute", topic="compute", version=1))
    uuid = records.new_uuid()
    cell.nodes.save(records.compute_node("one", uuid=uuid, hypervisor_hostname=uuid))
    server = a_server(cell, api, cell1, host="one", node=uuid)

    def move(node: str = uuid, host: str = "two") -> int:
        return manage("db", "ironic_compute_node_move", "--ironic-node-uuid", node,
                      "--destination-host", host)[0]  # fmt: skip

    assert move() == 255, "the source is not forced down"
    source = cell.services.find(host="one")[0]
    cell.services.update(source.id, {"forced_down": True})
    assert move(node=records.new_uuid()) == 255 and move(host="three") == 255
    assert move() == 0
    assert cell.nodes.find(uuids=[uuid])[0].host == "two"
    assert cell.instances.get(server).host == "two"
    assert move(host="one") == 255, "the destination is forced down"
