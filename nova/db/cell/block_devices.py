"""Disks and volumes of servers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)

from nova.db.cell.schema import METADATA
from nova.db.columns import LONG_TEXT, NAME, UUID, key, soft_delete, timestamps
from nova.db.engine import Database
from nova.db.rows import Fields
from nova.objects.server import BlockDevice
from nova.objects.store.errors import BlockDeviceNotFound

block_device_mapping = Table(
    "block_device_mapping",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("uuid", UUID),
    Column("source_type", NAME),
    Column("destination_type", NAME),
    Column("guest_format", NAME),
    Column("device_type", NAME),
    Column("disk_bus", NAME),
    Column("boot_index", Integer),
    Column("device_name", NAME),
    Column("delete_on_termination", Boolean, default=False),
    Column("snapshot_id", UUID),
    Column("volume_id", UUID),
    Column("volume_size", Integer),
    Column("volume_type", NAME),
    Column("image_id", UUID),
    Column("no_device", Boolean),
    Column("connection_info", LONG_TEXT),
    Column("tag", NAME),
    Column("attachment_id", UUID),
    Column("encrypted", Boolean, default=False),
    Column("encryption_secret_uuid", UUID),
    Column("encryption_format", String(128)),
    Column("encryption_options", String(4096)),
    UniqueConstraint("uuid", name="uniq_block_device_mapping0uuid"),
    Index("block_device_mapping_instance_uuid_device_name_idx", "instance_uuid", "device_name"),
    Index("block_device_mapping_instance_uuid_idx", "instance_uuid"),
    Index("block_device_mapping_instance_uuid_volume_id_idx", "instance_uuid", "volume_id"),
    Index("snapshot_id", "snapshot_id"),
    Index("volume_id", "volume_id"),
)

_FIELDS = Fields(BlockDevice, block_device_mapping)
_TABLE = block_device_mapping
_LIVE = select(*_FIELDS.columns).where(_TABLE.c.deleted == 0).order_by(_TABLE.c.id)
_OF_INSTANCES = _LIVE.where(_TABLE.c.instance_uuid.in_(bindparam("uuids", expanding=True)))
_OF_VOLUME = _LIVE.where(_TABLE.c.volume_id == bindparam("volume"))
_BY_UUID = _LIVE.where(_TABLE.c.uuid == bindparam("wanted"))


def of_instances(connection: Connection, uuids: Sequence[str]) -> list[BlockDevice]:
    return [_FIELDS.make(row) for row in connection.execute(_OF_INSTANCES, {"uuids": uuids})]


def create(
    connection: Connection, uuid: str, devices: Iterable[BlockDevice], now: datetime
) -> None:
    rows = [_values(each, instance_uuid=uuid, created_at=now) for each in devices]
    if rows:
        connection.execute(insert(_TABLE), rows)


def name(connection: Connection, names: Mapping[str, str], now: datetime) -> None:
    """`names` by the uuid of the device."""
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.uuid == bindparam("wanted"), _TABLE.c.deleted == 0)
        .values(device_name=bindparam("new_name"), updated_at=now),
        [{"wanted": uuid, "new_name": new} for uuid, new in names.items()],
    )


def encrypt(
    connection: Connection, found: Mapping[str, Mapping[str, Any]], now: datetime
) -> None:
    """`found` by the uuid of the device: `encrypted`, `encryption_format` and
    `encryption_secret_uuid`."""
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.uuid == bindparam("wanted"), _TABLE.c.deleted == 0)
        .values(
            encrypted=bindparam("new_encrypted"),
            encryption_format=bindparam("new_format"),
            encryption_secret_uuid=bindparam("new_secret"),
            updated_at=now,
        ),
        [{"wanted": uuid, "new_encrypted": new["encrypted"],
          "new_format": new["encryption_format"],
          "new_secret": new["encryption_secret_uuid"]} for uuid, new in found.items()],
    )


def _values(device: BlockDevice, **more: Any) -> dict[str, Any]:
    values = _FIELDS.of(device, **more)
    values["delete_on_termination"] = bool(values["delete_on_termination"])
    return values


def drop_of_instance(connection: Connection, uuid: str, now: datetime) -> None:
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.instance_uuid == uuid, _TABLE.c.deleted == 0)
        .values(deleted=_TABLE.c.id, deleted_at=now)
    )


class BlockDevices:
    """The devices of a cell's servers, one by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_instance(self, instance_uuid: str) -> list[BlockDevice]:
        return self._database.read(lambda connection: of_instances(connection, [instance_uuid]))

    def of_volume(self, volume_id: str) -> list[BlockDevice]:
        def find(connection: Connection) -> list[BlockDevice]:
            rows = connection.execute(_OF_VOLUME, {"volume": volume_id})
            return [_FIELDS.make(row) for row in rows]

        return self._database.read(find)

    def add(self, device: BlockDevice) -> BlockDevice:
        now = self._database.clock.now()

        def work(connection: Connection) -> BlockDevice:
            create(connection, device.instance_uuid, [device], now)
            return _get(connection, device.uuid)

        return self._database.write(work)

    def update(self, uuid: str, changes: Mapping[str, Any]) -> BlockDevice:
        now = self._database.clock.now()

        def work(connection: Connection) -> BlockDevice:
            connection.execute(
                update(_TABLE).where(_TABLE.c.uuid == uuid, _TABLE.c.deleted == 0),
                {**changes, "updated_at": now},
            )
            return _get(connection, uuid)

        return self._database.write(work)

    def delete(self, uuid: str) -> bool:
        """False when it was not there."""
        now = self._database.clock.now()
        query = (
            update(_TABLE)
            .where(_TABLE.c.uuid == uuid, _TABLE.c.deleted == 0)
            .values(deleted=_TABLE.c.id, deleted_at=now)
        )
        return self._database.write(lambda connection: connection.execute(query).rowcount > 0)


def _get(connection: Connection, uuid: str) -> BlockDevice:
    row = connection.execute(_BY_UUID, {"wanted": uuid}).first()
    if row is None:
        raise BlockDeviceNotFound(uuid=uuid)
    return _FIELDS.make(row)
