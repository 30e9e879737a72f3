"""The accounts and the catalogue a fresh cloud starts with."""

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from nova.standalone.identity import tables as t
from nova.standalone.identity.passwords import hash_password
from nova.standalone.storage import first

DOMAIN_ID = "default"
ROLES = ("admin", "manager", "member", "reader", "service")
IMPLIED = (("admin", "manager"), ("manager", "member"), ("member", "reader"))
INTERFACES = ("public", "internal", "admin")


@dataclass(frozen=True, slots=True)
class SeedGrant:
    """Roles in a project; `project` None stands for the system."""

    project: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeedUser:
    name: str
    password: str
    grants: tuple[SeedGrant, ...]


@dataclass(frozen=True, slots=True)
class SeedService:
    """One catalogue entry: the same `url` for all three interfaces."""

    type: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Applied at every start: makes what is missing, moves endpoints to new URLs."""

    users: tuple[SeedUser, ...]
    services: tuple[SeedService, ...]
    projects: tuple[str, ...] = ("admin", "demo", "service")
    region: str = "RegionOne"


def default_users(password: str) -> tuple[SeedUser, ...]:
    """admin, demo and the services' own accounts, all with one password."""
    in_service = (SeedGrant("service", ("admin", "service")),)
    services = tuple(
        SeedUser(name, password, in_service) for name in ("nova", "placement", "neutron", "glance")
    )
    admin = SeedUser(
        "admin",
        password,
        (
            SeedGrant("admin", ("admin",)),
            SeedGrant("demo", ("admin",)),
            SeedGrant(None, ("admin",)),
        ),
    )
    demo = SeedUser("demo", password, (SeedGrant("demo", ("member",)),))
    return (admin, demo, *services)


def plant(connection: sa.Connection, seed: Seed) -> None:
    """Inside the caller's transaction."""
    _ensure(connection, t.DOMAINS, {"id": DOMAIN_ID}, {"name": "Default", "description": ""})
    _ensure(connection, t.REGIONS, {"id": seed.region}, {"description": ""})
    projects = {name: _project(connection, name) for name in seed.projects}
    roles = {name: _named(connection, t.ROLES, name) for name in ROLES}
    for prior, implied in IMPLIED:
        key = {"prior": roles[prior], "implied": roles[implied]}
        _ensure(connection, t.IMPLICATIONS, key, {})
    hashed = functools.cache(hash_password)  # the accounts often share one password
    for user in seed.users:
        _user(connection, user, hashed, projects, roles)
    for service in seed.services:
        _service(connection, service, seed.region)


def _project(connection: sa.Connection, name: str) -> str:
    key = {"name": name, "domain_id": DOMAIN_ID}
    return _ensure(connection, t.PROJECTS, key, {"parent_id": DOMAIN_ID, "description": ""})


def _named(connection: sa.Connection, table: sa.Table, name: str) -> str:
    return _ensure(connection, table, {"name": name}, {})


def _user(
    connection: sa.Connection,
    user: SeedUser,
    hashed: Callable[[str], str],
    projects: dict[str, str],
    roles: dict[str, str],
) -> None:
    key = {"name": user.name, "domain_id": DOMAIN_ID}
    known = first(connection, sa.select(t.USERS.c.id).filter_by(**key))
    if known:  # who changed the password keeps it
        user_id = str(known["id"])
    else:
        values = {"password_hash": hashed(user.password)}
        user_id = _ensure(connection, t.USERS, key, values)
    for grant in user.grants:
        kind = "system" if grant.project is None else "project"
        target = "all" if grant.project is None else projects[grant.project]
        for role in grant.roles:
            values = {"kind": kind, "target": target, "user_id": user_id, "role_id": roles[role]}
            _ensure(connection, t.ASSIGNMENTS, values, {})


def _service(connection: sa.Connection, service: SeedService, region: str) -> None:
    service_id = _ensure(connection, t.SERVICES, {"type": service.type}, {"name": service.name})
    for interface in INTERFACES:
        key = {"service_id": service_id, "interface": interface, "region_id": region}
        endpoint = _ensure(connection, t.ENDPOINTS, key, {"url": service.url})
        moved = sa.update(t.ENDPOINTS).where(t.ENDPOINTS.c.id == endpoint)
        connection.execute(moved.values(url=service.url))


def _ensure(
    connection: sa.Connection, table: sa.Table, key: dict[str, str], values: dict[str, str]
) -> str:
    """The id of the row with `key`, made with `values` when missing ("" without ids)."""
    found = first(connection, sa.select(table).filter_by(**key))
    if found:
        return str(found.get("id", ""))
    row = {**values, **key}
    if "id" in table.c:
        row.setdefault("id", uuid.uuid4().hex)
    connection.execute(sa.insert(table).values(row))
    return row.get("id", "")
