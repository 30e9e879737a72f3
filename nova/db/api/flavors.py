"""Flavors, their extra specs, and who may use private ones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    insert,
    or_,
    select,
    true,
    update,
)

from nova.db import paging
from nova.db.api.schema import METADATA
from nova.db.columns import NAME, key, timestamps
from nova.db.engine import Database
from nova.db.failures import Duplicate
from nova.db.rows import Fields
from nova.objects.flavor import Flavor
from nova.objects.store.errors import (
    ExtraSpecNotFound,
    FlavorAccessExists,
    FlavorAccessNotFound,
    FlavorExists,
    FlavorIdExists,
    FlavorNotFound,
    MarkerNotFound,
)
from nova.objects.store.page import Page

flavors = Table(
    "flavors",
    METADATA,
    key(),
    *timestamps(),
    Column("name", NAME, nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("vcpus", Integer, nullable=False),
    Column("root_gb", Integer),
    Column("ephemeral_gb", Integer),
    Column("flavorid", NAME, nullable=False),
    Column("swap", Integer, nullable=False, default=0),
    Column("rxtx_factor", Float, default=1),
    Column("vcpu_weight", Integer),
    Column("disabled", Boolean, default=False),
    Column("is_public", Boolean, default=True),
    Column("description", Text),
    UniqueConstraint("flavorid", name="uniq_flavors0flavorid"),
    UniqueConstraint("name", name="uniq_flavors0name"),
)

flavor_extra_specs = Table(
    "flavor_extra_specs",
    METADATA,
    key(),
    *timestamps(),
    Column("key", NAME, nullable=False),
    Column("value", NAME),
    Column("flavor_id", Integer, ForeignKey("flavors.id"), nullable=False),
    UniqueConstraint("flavor_id", "key", name="uniq_flavor_extra_specs0flavor_id0key"),
    Index("flavor_extra_specs_flavor_id_key_idx", "flavor_id", "key"),
)

flavor_projects = Table(
    "flavor_projects",
    METADATA,
    key(),
    *timestamps(),
    Column("flavor_id", Integer, ForeignKey("flavors.id"), nullable=False),
    Column("project_id", NAME, nullable=False),
    UniqueConstraint("flavor_id", "project_id", name="uniq_flavor_projects0flavor_id0project_id"),
)

FIELDS = Fields(Flavor, flavors)
_C = flavors.c
_ALL = select(*FIELDS.columns)
_ONE = _ALL.where(_C.flavorid == bindparam("wanted"))
_SPECS = select(
    flavor_extra_specs.c.flavor_id, flavor_extra_specs.c.key, flavor_extra_specs.c.value
).where(flavor_extra_specs.c.flavor_id.in_(bindparam("ids", expanding=True)))


class Flavors:
    """`objects.store.api.Flavors` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, flavor_id: str) -> Flavor:
        return self._database.read(lambda connection: _get(connection, flavor_id))

    def find(
        self,
        page: Page,
        *,
        public: bool | None = True,
        project_id: str | None = None,
        min_ram: int | None = None,
        min_disk: int | None = None,
        name: str | None = None,
        disabled: bool | None = None,
    ) -> list[Flavor]:
        query = _visible(_ALL, public, project_id)
        if min_ram is not None:
            query = query.where(_C.memory_mb >= min_ram)
        if min_disk is not None:
            query = query.where(_C.root_gb >= min_disk)
        if name is not None:
            query = query.where(_C.name.regexp_match(name))
        if disabled is not None:
            query = query.where(_C.disabled.is_(disabled))
        return self._database.read(lambda connection: self._page(connection, query, page))

    def create(self, flavor: Flavor, projects: Iterable[str] = ()) -> Flavor:
        now = self._database.clock.now()
        granted = list(dict.fromkeys(projects))
        try:
            return self._database.write(
                lambda connection: _create(connection, flavor, granted, now)
            )
        except Duplicate as error:
            if error.concerns("uniq_flavors0flavorid", "flavors.flavorid"):
                raise FlavorIdExists(flavor_id=flavor.flavorid) from None
            raise FlavorExists(name=flavor.name) from None

    def describe(self, flavor_id: str, description: str | None) -> Flavor:
        now = self._database.clock.now()

        def work(connection: Connection) -> Flavor:
            connection.execute(
                update(flavors).where(_C.flavorid == flavor_id),
                {"description": description, "updated_at": now},
            )
            return _get(connection, flavor_id)

        return self._database.write(work)

    def delete(self, flavor_id: str) -> None:
        def work(connection: Connection) -> None:
            number = _id(connection, flavor_id)
            for table in (flavor_extra_specs, flavor_projects):
                connection.execute(delete(table).where(table.c.flavor_id == number))
            connection.execute(delete(flavors).where(_C.id == number))

        self._database.write(work)

    def set_specs(self, flavor_id: str, specs: Mapping[str, str]) -> None:
        now = self._database.clock.now()

        def work(connection: Connection) -> None:
            number = _id(connection, flavor_id)
            table = flavor_extra_specs
            connection.execute(
                delete(table).where(table.c.flavor_id == number, table.c.key.in_(list(specs)))
            )
            _add_specs(connection, number, specs, now)

        self._database.write(work)

    def delete_spec(self, flavor_id: str, key: str) -> None:
        def work(connection: Connection) -> None:
            number, table = _id(connection, flavor_id), flavor_extra_specs
            query = delete(table).where(table.c.flavor_id == number, table.c.key == key)
            if connection.execute(query).rowcount == 0:
                raise ExtraSpecNotFound(flavor_id=flavor_id, key=key)

        self._database.write(work)

    def access(self, flavor_id: str) -> list[str]:
        table = flavor_projects

        def work(connection: Connection) -> list[str]:
            number = _id(connection, flavor_id)
            query = select(table.c.project_id).where(table.c.flavor_id == number)
            return list(connection.execute(query.order_by(table.c.id)).scalars())

        return self._database.read(work)

    def grant(self, flavor_id: str, project_id: str) -> None:
        now = self._database.clock.now()

        def work(connection: Connection) -> None:
            _grant(connection, _id(connection, flavor_id), [project_id], now)

        try:
            self._database.write(work)
        except Duplicate:
            raise FlavorAccessExists(flavor_id=flavor_id, project_id=project_id) from None

    def revoke(self, flavor_id: str, project_id: str) -> None:
        def work(connection: Connection) -> None:
            number, table = _id(connection, flavor_id), flavor_projects
            query = delete(table).where(
                table.c.flavor_id == number, table.c.project_id == project_id
            )
            if connection.execute(query).rowcount == 0:
                raise FlavorAccessNotFound(flavor_id=flavor_id, project_id=project_id)

        self._database.write(work)

    def _page(self, connection: Connection, query: Select[Any], page: Page) -> list[Flavor]:
        order = paging.order_of(page, ("flavorid", "id"), "asc")
        if page.marker is not None:
            columns = [_C[name] for name, _ in order]
            row = connection.execute(select(*columns).where(_C.flavorid == page.marker)).first()
            if row is None:
                raise MarkerNotFound(marker=page.marker)
            values = {name: value for (name, _), value in zip(order, row, strict=True)}
            query = query.where(paging.after(flavors, order, values))
        query = paging.ordered(query.limit(page.limit), flavors, order, self._database.dialect)
        return _with_specs(connection, connection.execute(query).all())


def _visible(query: Select[Any], public: bool | None, project_id: str | None) -> Select[Any]:
    if public is None:
        return query
    if not public:
        return query.where(_C.is_public == false())
    if project_id is None:
        return query.where(_C.is_public == true())
    granted = select(flavor_projects.c.flavor_id).where(flavor_projects.c.project_id == project_id)
    return query.where(or_(_C.is_public == true(), _C.id.in_(granted)))


def _get(connection: Connection, flavor_id: str) -> Flavor:
    row = connection.execute(_ONE, {"wanted": flavor_id}).first()
    if row is None:
        raise FlavorNotFound(flavor_id=flavor_id)
    return _with_specs(connection, [row])[0]


def _id(connection: Connection, flavor_id: str) -> int:
    row = connection.execute(select(_C.id).where(_C.flavorid == flavor_id)).first()
    if row is None:
        raise FlavorNotFound(flavor_id=flavor_id)
    return int(row.id)


def _with_specs(connection: Connection, rows: Sequence[Any]) -> list[Flavor]:
    found = {row.id: FIELDS.make(row, extra_specs={}) for row in rows}
    if found:
        for number, name, value in connection.execute(_SPECS, {"ids": list(found)}):
            found[number].extra_specs[name] = value
    return list(found.values())


def _create(
    connection: Connection, flavor: Flavor, projects: Sequence[str], now: datetime
) -> Flavor:
    values = FIELDS.of(flavor, created_at=now)
    given = {name: value for name, value in values.items() if value is not None}
    made = connection.execute(insert(flavors), given).inserted_primary_key
    assert made is not None
    specs = flavor.extra_specs if flavor.known("extra_specs") else {}
    _add_specs(connection, int(made[0]), specs or {}, now)
    _grant(connection, int(made[0]), projects, now)
    return _get(connection, flavor.flavorid)


def _add_specs(
    connection: Connection, number: int, specs: Mapping[str, str], now: datetime
) -> None:
    rows = [
        {"flavor_id": number, "key": name, "value": value, "created_at": now}
        for name, value in specs.items()
    ]
    if rows:
        connection.execute(insert(flavor_extra_specs), rows)


def _grant(connection: Connection, number: int, projects: Sequence[str], now: datetime) -> None:
    rows = [{"flavor_id": number, "project_id": each, "created_at": now} for each in projects]
    if rows:
        connection.execute(insert(flavor_projects), rows)
