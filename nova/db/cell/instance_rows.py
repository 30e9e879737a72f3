"""The table of servers, and its rows as instances."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Enum,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    insert,
    or_,
    select,
    true,
    update,
)

from nova.db.cell import block_devices, parts
from nova.db.cell.schema import METADATA
from nova.db.columns import ADDRESS, LONG_TEXT, NAME, UUID, Moment, key, soft_delete, timestamps
from nova.db.rows import Fields
from nova.objects.server import BlockDevice, Instance
from nova.objects.store.errors import InstanceNotFound, StateConflict

instances = Table(
    "instances",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("user_id", NAME),
    Column("project_id", NAME),
    Column("image_ref", NAME),
    Column("kernel_id", NAME),
    Column("ramdisk_id", NAME),
    Column("hostname", NAME),
    Column("launch_index", Integer),
    Column("key_name", NAME),
    Column("key_data", LONG_TEXT),
    Column("power_state", Integer),
    Column("vm_state", NAME),
    Column("task_state", NAME),
    Column("memory_mb", Integer),
    Column("vcpus", Integer),
    Column("root_gb", Integer),
    Column("ephemeral_gb", Integer),
    Column("ephemeral_key_uuid", UUID),
    Column("host", NAME),
    Column("node", NAME),
    Column("compute_id", BigInteger),
    Column("instance_type_id", Integer),
    Column("user_data", LONG_TEXT),
    Column("reservation_id", NAME),
    Column("launched_at", Moment),
    Column("terminated_at", Moment),
    Column("availability_zone", NAME),
    Column("display_name", NAME),
    Column("display_description", NAME),
    Column("launched_on", LONG_TEXT),
    Column("locked", Boolean),
    Column("locked_by", Enum("owner", "admin", name="instances0locked_by")),
    Column("os_type", NAME),
    Column("architecture", NAME),
    Column("vm_mode", NAME),
    Column("uuid", UUID, nullable=False),
    Column("root_device_name", NAME),
    Column("default_ephemeral_device", NAME),
    Column("default_swap_device", NAME),
    Column("config_drive", NAME),
    Column("access_ip_v4", ADDRESS),
    Column("access_ip_v6", ADDRESS),
    Column("auto_disk_config", Boolean),
    Column("progress", Integer),
    Column("shutdown_terminate", Boolean, default=False),
    Column("disable_terminate", Boolean, default=False),
    Column("cell_name", NAME),
    Column("cleaned", Integer, default=0),
    Column("hidden", Boolean, default=False),
    Column("internal_id", Integer),
    UniqueConstraint("uuid", name="uniq_instances0uuid"),
    Index("instances_compute_id_deleted_idx", "compute_id", "deleted"),
    Index("instances_deleted_created_at_idx", "deleted", "created_at"),
    Index("instances_host_deleted_cleaned_idx", "host", "deleted", "cleaned"),
    Index("instances_host_node_deleted_idx", "host", "node", "deleted"),
    Index("instances_project_id_deleted_idx", "project_id", "deleted"),
    Index("instances_project_id_deleted_created_at_idx", "project_id", "deleted", "created_at"),
    Index(
        "instances_project_id_deleted_display_name_idx",
        "project_id",
        "deleted",
        "display_name",
        "created_at",
    ),
    Index("instances_project_id_idx", "project_id"),
    Index("instances_reservation_id_idx", "reservation_id"),
    Index("instances_task_state_updated_at_idx", "task_state", "updated_at"),
    Index("instances_terminated_at_launched_at_idx", "terminated_at", "launched_at"),
    Index("instances_updated_at_project_id_idx", "updated_at", "project_id"),
    Index("instances_uuid_deleted_idx", "uuid", "deleted"),
)

FIELDS = Fields(Instance, instances)
# What a list without details leaves out, unless it is ordered by it.
RARE = frozenset({
    "access_ip_v4", "access_ip_v6", "architecture", "auto_disk_config", "config_drive",
    "default_ephemeral_device", "default_swap_device", "display_description", "kernel_id",
    "key_data", "key_name", "launched_on", "os_type", "progress", "ramdisk_id",
    "reservation_id", "root_device_name", "user_data", "vm_mode",
})  # fmt: skip
_BOOLEANS = ("deleted", "cleaned", "disable_terminate", "hidden")
_ONE = select(*FIELDS.columns).where(instances.c.uuid == bindparam("wanted"))
_ONE_LIVE = _ONE.where(instances.c.deleted == 0)
_ALIVE = select(instances.c.id).where(
    instances.c.uuid == bindparam("wanted"), instances.c.deleted == 0
)


@lru_cache(maxsize=64)
def brief(keys: tuple[str, ...]) -> Fields[Instance]:
    """The fields of a list without details that is ordered by `keys`."""
    return Fields(Instance, instances, without=RARE - set(keys))


def bare(row: Sequence[Any], fields: Fields[Instance] = FIELDS) -> Instance:
    """An instance of the columns of `instances` alone."""
    values = fields.values(row)
    for name in _BOOLEANS:
        values[name] = bool(values[name])
    return Instance.hydrate(values)


def with_parts(connection: Connection, found: Sequence[Instance]) -> list[Instance]:
    """The same, whole: four statements, however many there are."""
    beside = parts.load(connection, [each.uuid for each in found])
    for instance in found:
        if instance.deleted:
            beside[instance.uuid]["block_devices"] = []
        instance.keep(beside[instance.uuid])
    return list(found)


def read(connection: Connection, uuid: str, *, read_deleted: bool = False) -> Instance:
    """The whole instance in five statements, or InstanceNotFound."""
    row = connection.execute(_ONE if read_deleted else _ONE_LIVE, {"wanted": uuid}).first()
    if row is None:
        raise InstanceNotFound(instance_id=uuid)
    return with_parts(connection, [bare(row)])[0]


def check(connection: Connection, uuid: str, expected: Mapping[str, Any]) -> None:
    """As `change` without changes."""
    asked = {name: _choices(value) for name, value in expected.items()}
    query = _ALIVE.where(*(_one_of(name, *_shape(values)) for name, values in asked.items()))
    if connection.execute(query, {"wanted": uuid, **_old(asked)}).first() is None:
        raise missed(connection, uuid)


def kept(
    instance: Instance, instance_id: int, devices: Sequence[BlockDevice], now: datetime
) -> Instance:
    """The instance as `create` has kept it."""
    stamp = now.replace(microsecond=0)
    beside: dict[str, Any] = {
        "metadata": {}, "system_metadata": {}, "tags": [], "fault": None, "keypairs": [],
        "trusted_certs": None, "network_info": [], "numa_topology": None, "pci_requests": None,
        "device_metadata": [],
        **dict.fromkeys(FIELDS.names),
        **dict.fromkeys(_BOOLEANS, False),
    }  # fmt: skip
    own = {
        "id": instance_id, "created_at": stamp, "updated_at": stamp, "deleted": False,
        "deleted_at": None, "block_devices": list(devices),
    }  # fmt: skip
    return Instance.hydrate({**beside, **instance.as_dict(), **own})


def create(connection: Connection, instance: Instance, now: datetime) -> int:
    """Keep the row; answers its id."""
    values = FIELDS.of(instance, created_at=now, updated_at=now, deleted=0)
    values |= {name: int(bool(values[name])) for name in ("cleaned",)}
    values |= {name: bool(values[name]) for name in ("disable_terminate", "hidden")}
    values["locked"] = values["locked_by"] is not None
    made = connection.execute(insert(instances), values).inserted_primary_key
    assert made is not None
    return int(made[0])


def change(
    connection: Connection,
    uuid: str,
    changes: Mapping[str, Any],
    now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> None:
    """Change columns and parts of a live instance, if what is `expected` holds.

    A list among `expected` means one of these; `network_info` is expected as it is.
    StateConflict when it does not hold, InstanceNotFound without a live row.
    """
    expected = dict(expected or {})
    ports = expected.pop("network_info", None)
    columns = {name: value for name, value in changes.items() if name not in parts.PARTS}
    if "locked_by" in columns:
        columns["locked"] = columns["locked_by"] is not None
    if "cleaned" in columns:
        columns["cleaned"] = int(columns["cleaned"])
    asked = {name: _choices(value) for name, value in expected.items()}
    shape = tuple(sorted((name, *_shape(values)) for name, values in asked.items()))
    query = _change(tuple(sorted({*columns, "updated_at"})), shape)
    given = {f"new_{name}": value for name, value in columns.items()}
    given |= _old(asked)
    given |= {"wanted": uuid, "new_updated_at": columns.get("updated_at", now)}
    if connection.execute(query, given).rowcount == 0:
        raise missed(connection, uuid)
    if ports is not None and not parts.has_network_info(connection, uuid, ports):
        raise StateConflict(instance_uuid=uuid)
    if len(columns) < len(changes):
        parts.change(connection, uuid, changes, now)


def missed(connection: Connection, uuid: str) -> InstanceNotFound | StateConflict:
    """Why an update of a live instance touched no row."""
    if connection.execute(_ALIVE, {"wanted": uuid}).first() is None:
        return InstanceNotFound(instance_id=uuid)
    return StateConflict(instance_uuid=uuid)


def bury(connection: Connection, uuid: str, changes: Mapping[str, Any], now: datetime) -> None:
    """The server is gone: mark its row, free what points to it."""
    given = {"vm_state": "deleted", "task_state": None, "terminated_at": now, **changes}
    change(connection, uuid, given, now)
    connection.execute(
        update(instances)
        .where(instances.c.uuid == uuid)
        .values(deleted=instances.c.id, deleted_at=now)
    )
    block_devices.drop_of_instance(connection, uuid, now)
    parts.delete_tags(connection, uuid)


def _old(asked: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Parameters of `_one_of`; a column that may only be NULL has none."""
    found = {
        f"old_{name}": [value for value in values if value is not None]
        for name, values in asked.items()
    }
    return {name: values for name, values in found.items() if values}


def _choices(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _shape(values: Sequence[Any]) -> tuple[bool, bool]:
    """(some are not NULL, one is NULL)"""
    return any(value is not None for value in values), any(value is None for value in values)


@lru_cache(maxsize=256)
def _change(columns: tuple[str, ...], expected: tuple[tuple[str, bool, bool], ...]) -> Update:
    query = update(instances).where(
        instances.c.uuid == bindparam("wanted"), instances.c.deleted == 0
    )
    for name, some, none in expected:
        query = query.where(_one_of(name, some, none))
    return query.values({name: bindparam(f"new_{name}") for name in columns})


def _one_of(name: str, some: bool, none: bool) -> ColumnElement[bool]:
    column = instances.c[name]
    choices = []
    if some:
        choices.append(column.in_(bindparam(f"old_{name}", expanding=True)))
    if none:
        choices.append(column.is_(None))
    return or_(*choices) if choices else ~true()
