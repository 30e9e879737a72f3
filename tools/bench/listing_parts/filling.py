"""A cell full of servers."""

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from nova.db.api.mappings import instance_mappings
from nova.db.api.store import SqlApiStore
from nova.db.cell.instance_rows import instances
from nova.db.cell.parts import (
    instance_extra,
    instance_info_caches,
    instance_metadata,
    instance_system_metadata,
    tags,
)
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import InstanceMapping
from nova.objects.flavor import Flavor

BATCH = 1000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SYSTEM = {
    "image_os_distro": "debian", "image_hw_disk_bus": "virtio", "image_min_ram": "0",
    "image_base_image_ref": str(uuid.uuid4()), "image_hw_machine_type": "q35",
    "boot_roles": "member,reader", "owner_user_name": "alice", "owner_project_name": "bench",
}  # fmt: skip
COPIED = (
    instances.c.uuid, instance_extra.c.instance_uuid, instance_info_caches.c.instance_uuid,
    instance_metadata.c.instance_uuid, instance_system_metadata.c.instance_uuid,
    tags.c.resource_id,
)  # fmt: skip
# Of a hundred servers so many are in these states.
STATES = (("stopped", None, 20), ("error", None, 2), ("active", "rebooting", 1))


def fill(api: SqlApiStore, cell: SqlCellStore, project: str, flavor: Flavor, count: int) -> None:
    """Add servers until there are `count`, in thousands: the first ones are made here, the
    others are copies that the database makes of them."""
    query = sa.select(sa.func.count()).select_from(instances)
    there = cell.database.read(lambda c: c.execute(query).scalar_one())
    if not there:
        made = [(number, str(uuid.uuid4())) for number in range(BATCH)]
        cell.database.write(partial(_add, project, flavor, made))
        api.mappings.add(_mapping(each, cell.uuid, project) for _, each in made)
    for copy in range(max(there // BATCH, 1), count // BATCH):
        cell.database.write(partial(_copy, copy, COPIED))
        api.database.write(partial(_copy, copy, (instance_mappings.c.instance_uuid,)))
    cell.database.write(_analyze)


def _copy(number: int, columns: Sequence[sa.Column[str]], connection: sa.Connection) -> None:
    """The first thousand servers' rows once more, under other uuids, made later."""
    for column in columns:
        table = column.table
        assert isinstance(table, sa.Table)
        seed = table.to_metadata(sa.MetaData(), name=f"seed_{table.name}")
        if number == 1:
            connection.exec_driver_sql(
                f"CREATE TABLE {seed.name} ENGINE=InnoDB AS SELECT * FROM {table.name}"
            )
        names = [each.name for each in table.columns if each.name != "id"]
        query = sa.select(*(_copied(seed.c[name], seed.c[column.name], number) for name in names))
        connection.execute(sa.insert(table).from_select(names, query))


def _copied(column: sa.Column[Any], key: sa.Column[str], number: int) -> Any:
    if column is key:
        head, tail = sa.func.substr(column, 1, 9), sa.func.substr(column, 20)
        return sa.func.concat(head, f"{number:04x}-4ade-", tail)
    if column.name in ("created_at", "updated_at", "launched_at"):
        return sa.func.date_add(column, sa.text(f"INTERVAL {number * BATCH} SECOND"))
    if column.name == "display_name":
        return sa.func.concat("web-", sa.func.mod(column.table.c.id * 7919 + number * 31, 99991))
    return column


def _mapping(each: str, cell_uuid: str, project: str) -> InstanceMapping:
    return InstanceMapping(instance_uuid=each, cell_uuid=cell_uuid, project_id=project,
                           user_id="alice", queued_for_delete=False)


def _analyze(connection: sa.Connection) -> None:
    for table in (instances, instance_extra, instance_info_caches, instance_metadata):
        connection.exec_driver_sql(f"ANALYZE TABLE {table.name}").all()


def _add(
    project: str, flavor: Flavor, made: Sequence[tuple[int, str]], connection: sa.Connection
) -> None:
    kept = {"cur": flavor.obj_to_primitive(), "old": None, "new": None}
    for table, rows in (
        (instances, [_instance(number, each, project, flavor) for number, each in made]),
        (instance_extra, [{"instance_uuid": each, "deleted": 0, "flavor": kept, "keypairs": [],
                           "trusted_certs": None} for _, each in made]),
        (instance_info_caches, [{"instance_uuid": each, "deleted": 0,
                                 "network_info": [_vif(number)]} for number, each in made]),
        (instance_metadata, list(_pairs(made, {"role": "web", "team": "blue"}))),
        (instance_system_metadata, list(_pairs(made, SYSTEM))),
        (tags, [{"resource_id": each, "tag": f"tag{number % 10}"} for number, each in made]),
    ):  # fmt: skip
        connection.execute(sa.insert(table), rows)


def _pairs(made: Sequence[tuple[int, str]], pairs: dict[str, str]) -> Iterator[dict[str, Any]]:
    for _, each in made:
        for key, value in pairs.items():
            yield {"instance_uuid": each, "key": key, "value": value, "deleted": 0}


def _instance(number: int, each: str, project: str, flavor: Flavor) -> dict[str, Any]:
    vm_state, task_state = _state(number)
    born = BEGIN + timedelta(seconds=number)
    return {
        "uuid": each, "created_at": born, "updated_at": born, "launched_at": born, "deleted": 0,
        "project_id": project, "user_id": "alice", "display_name": f"web-{number * 7919 % 99991}",
        "hostname": f"server-{number}", "vm_state": vm_state, "task_state": task_state,
        "power_state": 1, "host": f"host{number % 500}", "node": f"host{number % 500}",
        "memory_mb": flavor.memory_mb, "vcpus": flavor.vcpus, "root_gb": flavor.root_gb,
        "ephemeral_gb": 0, "instance_type_id": flavor.id, "image_ref": str(uuid.UUID(int=7)),
        "availability_zone": "nova", "launch_index": 0, "reservation_id": f"r-{number:08x}",
        "locked": False, "root_device_name": "/dev/vda", "hidden": False, "cleaned": 0,
        "config_drive": "", "progress": 100, "key_name": "bench", "os_type": None,
    }  # fmt: skip


def _state(number: int) -> tuple[str, str | None]:
    place = number * 31 % 100
    for vm_state, task_state, share in STATES:
        if place < share:
            return vm_state, task_state
        place -= share
    return "active", None


def _vif(number: int) -> dict[str, Any]:
    """A port with one address, as the network cache keeps it."""
    address = f"10.{number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
    subnet = {
        "cidr": "10.0.0.0/8", "dns": [], "routes": [], "version": 4, "meta": {},
        "gateway": {"address": "10.0.0.1", "type": "gateway", "version": 4, "meta": {}},
        "ips": [{"address": address, "type": "fixed", "version": 4, "meta": {},
                 "floating_ips": []}],
    }  # fmt: skip
    network = {
        "id": str(uuid.UUID(int=9)), "bridge": "br-int", "label": "private", "subnets": [subnet],
        "meta": {"mtu": 1450, "injected": False, "tenant_id": "bench", "tunneled": True,
                 "physical_network": None},
    }  # fmt: skip
    return {
        "id": str(uuid.uuid4()), "address": f"fa:16:3e:{number >> 16:02x}:{number >> 8 & 255:02x}:"
        f"{number & 255:02x}", "network": network, "type": "ovs", "devname": "tap1",
        "details": json.loads('{"port_filter": true}'), "active": True, "profile": {},
        "vnic_type": "normal", "ovs_interfaceid": None, "qbh_params": None, "qbg_params": None,
        "preserve_on_delete": False, "delegate_create": True, "meta": {},
    }  # fmt: skip
