"""What a server has beside its row in `instances`.

Rows of a part go with their instance: they count as deleted when it is, and
single ones (a metadata key, a tag) are removed, not marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union_all,
    update,
)

from nova.db.batches import batched
from nova.db.cell import block_devices, kept
from nova.db.cell.schema import METADATA
from nova.db.columns import LONG_TEXT, NAME, UUID, Json, LongJson, key, soft_delete, timestamps
from nova.db.pairs import pairs_as_json, read_pairs
from nova.db.rows import Fields, cut
from nova.objects.flavor import Flavor
from nova.objects.server import Fault, Instance

instance_extra = Table(
    "instance_extra",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid"), nullable=False),
    Column("device_metadata", Json),
    Column("numa_topology", Json),
    Column("pci_requests", Json),
    Column("flavor", Json),
    Column("vcpu_model", Json),
    Column("migration_context", Json),
    Column("keypairs", Json),
    Column("trusted_certs", Json),
    Column("resources", Json),
    Column("vpmems", Text),
    Index("instance_extra_idx", "instance_uuid"),
)

instance_info_caches = Table(
    "instance_info_caches",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("network_info", LongJson),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid"), nullable=False),
    UniqueConstraint("instance_uuid", name="uniq_instance_info_caches0instance_uuid"),
)

instance_metadata = Table(
    "instance_metadata",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("key", NAME),
    Column("value", NAME),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Index("instance_metadata_instance_uuid_idx", "instance_uuid"),
)

instance_system_metadata = Table(
    "instance_system_metadata",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("key", NAME, nullable=False),
    Column("value", NAME),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid"), nullable=False),
    Index("instance_uuid", "instance_uuid"),
)

tags = Table(
    "tags",
    METADATA,
    Column("resource_id", UUID, primary_key=True),
    Column("tag", String(80), primary_key=True),
    Index("tags_tag_idx", "tag"),
)

instance_faults = Table(
    "instance_faults",
    METADATA,
    key(),
    *timestamps(),
    *soft_delete(),
    Column("instance_uuid", UUID, ForeignKey("instances.uuid")),
    Column("code", Integer, nullable=False),
    Column("message", NAME),
    Column("details", LONG_TEXT),
    Column("host", NAME),
    Index("instance_faults_host_idx", "host"),
    Index(
        "instance_faults_instance_uuid_deleted_created_at_idx",
        "instance_uuid",
        "deleted",
        "created_at",
    ),
)

EXTRA = ("flavor", "keypairs", "trusted_certs", "numa_topology", "pci_requests",
         "device_metadata")
PARTS = (*EXTRA, "network_info", "metadata", "system_metadata", "device_names",
         "device_encryption")

_UUIDS: BindParameter[str] = bindparam("uuids", expanding=True)
_WIDE = (
    select(
        instance_extra.c.instance_uuid,
        type_coerce(instance_extra.c.flavor, Text).label("flavor"),
        instance_extra.c.keypairs,
        instance_extra.c.trusted_certs,
        instance_extra.c.numa_topology,
        instance_extra.c.pci_requests,
        instance_extra.c.device_metadata,
        instance_info_caches.c.network_info,
    )
    .select_from(
        instance_extra.outerjoin(
            instance_info_caches,
            instance_info_caches.c.instance_uuid == instance_extra.c.instance_uuid,
        )
    )
    .where(instance_extra.c.instance_uuid.in_(_UUIDS))
)


def _pairs(table: Table, kind: str) -> Select[Any]:
    return (
        select(
            literal(kind).label("kind"),
            table.c.instance_uuid,
            pairs_as_json(table.c.key, table.c.value).label("pairs"),
        )
        .where(table.c.instance_uuid.in_(_UUIDS), table.c.deleted == 0, table.c.key.is_not(None))
        .group_by(table.c.instance_uuid)
    )


_NARROW = union_all(
    _pairs(instance_metadata, "metadata"),
    _pairs(instance_system_metadata, "system_metadata"),
    select(literal("tags"), tags.c.resource_id, pairs_as_json(tags.c.tag, literal("")))
    .where(tags.c.resource_id.in_(_UUIDS))
    .group_by(tags.c.resource_id),
)
_FAULT_FIELDS = Fields(Fault, instance_faults)
_FAULTS = select(*_FAULT_FIELDS.columns).where(
    instance_faults.c.id.in_(
        select(func.max(instance_faults.c.id))
        .where(instance_faults.c.instance_uuid.in_(_UUIDS))
        .group_by(instance_faults.c.instance_uuid)
    )
)


def load(connection: Connection, uuids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """{uuid: {field: value}} of everything that is kept beside `instances`: four statements."""
    found = {uuid: _empty() for uuid in uuids}
    for some in batched(uuids):
        given = {"uuids": some}
        _load_wide(connection.execute(_WIDE, given).all(), found)
        for kind, uuid, text in connection.execute(_NARROW, given).all():
            pairs = read_pairs(text)
            found[uuid][kind] = list(pairs) if kind == "tags" else pairs
        for row in connection.execute(_FAULTS, given):
            fault = _FAULT_FIELDS.make(row)
            found[fault.instance_uuid]["fault"] = fault
        for device in block_devices.of_instances(connection, some):
            found[device.instance_uuid]["block_devices"].append(device)
    return found


def _empty() -> dict[str, Any]:
    return {
        "metadata": {}, "system_metadata": {}, "tags": [], "block_devices": [], "fault": None,
        "keypairs": [], "trusted_certs": None, "network_info": [], "numa_topology": None,
        "pci_requests": None, "device_metadata": [],
    }  # fmt: skip


def _load_wide(rows: Iterable[Any], found: dict[str, dict[str, Any]]) -> None:
    flavors: dict[str | None, Flavor | None] = {}
    for uuid, flavor, keypairs, certs, numa, pci, devices, network_info in rows:
        if flavor not in flavors:
            flavors[flavor] = kept.flavor(flavor)
        if flavors[flavor] is not None:
            found[uuid]["flavor"] = flavors[flavor]
        found[uuid]["keypairs"] = kept.keypairs(keypairs)
        found[uuid]["trusted_certs"] = kept.trusted_certs(certs)
        found[uuid]["numa_topology"] = numa
        found[uuid]["pci_requests"] = pci
        found[uuid]["device_metadata"] = kept.devices(devices)
        found[uuid]["network_info"] = network_info or []


def create(connection: Connection, instance: Instance, now: datetime) -> None:
    """Keep what `instance` has beside its own row."""
    uuid = instance.uuid
    given = instance.as_dict()
    stamp = {"instance_uuid": uuid, "created_at": now}
    connection.execute(
        insert(instance_extra),
        {
            **stamp,
            "flavor": kept.flavor_json(given.get("flavor")),
            "keypairs": given.get("keypairs") or [],
            "trusted_certs": given.get("trusted_certs"),
            "numa_topology": given.get("numa_topology"),
            "pci_requests": given.get("pci_requests"),
            "device_metadata": given.get("device_metadata") or [],
        },
    )
    connection.execute(
        insert(instance_info_caches), {**stamp, "network_info": given.get("network_info") or []}
    )
    _add_pairs(connection, instance_metadata, uuid, given.get("metadata") or {}, now)
    _add_pairs(connection, instance_system_metadata, uuid, given.get("system_metadata") or {}, now)
    add_tags(connection, uuid, given.get("tags") or ())


def change(connection: Connection, uuid: str, changes: Mapping[str, Any], now: datetime) -> None:
    """Replace the PARTS named in `changes`; pairs are merged, those with None removed.
    `device_names` and `device_encryption` are of block devices, by their uuid."""
    extra: dict[str, Any] = {name: changes[name] for name in EXTRA if name in changes}
    if "flavor" in extra:
        extra["flavor"] = kept.flavor_json(extra["flavor"])
    if extra:
        connection.execute(
            update(instance_extra).where(instance_extra.c.instance_uuid == uuid), extra
        )
    if "network_info" in changes:
        set_network_info(connection, uuid, changes["network_info"], now)
    if changes.get("device_names"):
        block_devices.name(connection, changes["device_names"], now)
    if changes.get("device_encryption"):
        block_devices.encrypt(connection, changes["device_encryption"], now)
    for name, table in _PAIR_TABLES.items():
        if changes.get(name):
            _drop_pairs(connection, table, uuid, list(changes[name]))
            _add_pairs(connection, table, uuid, _present(changes[name]), now)


def _present(pairs: Mapping[str, str | None]) -> dict[str, str | None]:
    return {key: value for key, value in pairs.items() if value is not None}


def has_network_info(
    connection: Connection, uuid: str, network_info: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether a server's ports are these; nobody else writes them until this transaction ends."""
    query = select(instance_info_caches.c.network_info).where(
        instance_info_caches.c.instance_uuid == bindparam("wanted")
    )
    found = connection.execute(query.with_for_update(), {"wanted": uuid}).scalar()
    return (found or []) == list(network_info)


def set_network_info(
    connection: Connection, uuid: str, network_info: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    values = {"network_info": list(network_info), "updated_at": now}
    cache = instance_info_caches
    if connection.execute(update(cache).where(cache.c.instance_uuid == uuid), values).rowcount:
        return
    connection.execute(
        insert(cache),
        {"network_info": list(network_info), "instance_uuid": uuid, "created_at": now},
    )


def merge_metadata(
    connection: Connection, uuid: str, metadata: Mapping[str, str], *, replace: bool, now: datetime
) -> dict[str, str]:
    """The whole of it afterwards."""
    _drop_pairs(connection, instance_metadata, uuid, None if replace else list(metadata))
    _add_pairs(connection, instance_metadata, uuid, metadata, now)
    table = instance_metadata
    rows = connection.execute(
        select(table.c.key, table.c.value).where(
            table.c.instance_uuid == uuid, table.c.deleted == 0
        )
    )
    return dict(rows.all())


def delete_metadata(connection: Connection, uuid: str, key: str) -> None:
    _drop_pairs(connection, instance_metadata, uuid, [key])


def _drop_pairs(connection: Connection, table: Table, uuid: str, keys: list[str] | None) -> None:
    query = delete(table).where(table.c.instance_uuid == uuid)
    if keys is not None:
        query = query.where(table.c.key.in_(keys))
    connection.execute(query)


def _add_pairs(
    connection: Connection, table: Table, uuid: str, pairs: Mapping[str, str | None], now: datetime
) -> None:
    if pairs:
        connection.execute(
            insert(table),
            [
                {"instance_uuid": uuid, "key": key, "value": cut(value, 255), "created_at": now}
                for key, value in pairs.items()
            ],
        )


def tags_of(connection: Connection, uuid: str) -> list[str]:
    rows = connection.execute(select(tags.c.tag).where(tags.c.resource_id == uuid))
    return [row.tag for row in rows]


def add_tags(connection: Connection, uuid: str, wanted: Iterable[str]) -> None:
    rows = [{"resource_id": uuid, "tag": tag} for tag in dict.fromkeys(wanted)]
    if rows:
        connection.execute(insert(tags), rows)


def delete_tags(connection: Connection, uuid: str, tag: str | None = None) -> bool:
    """Whether there was one to delete."""
    query = delete(tags).where(tags.c.resource_id == uuid)
    if tag is not None:
        query = query.where(tags.c.tag == tag)
    return connection.execute(query).rowcount > 0


def add_fault(connection: Connection, fault: Fault, now: datetime) -> None:
    connection.execute(
        insert(instance_faults),
        {
            **_FAULT_FIELDS.of(fault),
            "message": cut(fault.message, 255),
            "created_at": (fault.created_at if fault.known("created_at") else None) or now,
        },
    )


_PAIR_TABLES = {"metadata": instance_metadata, "system_metadata": instance_system_metadata}
