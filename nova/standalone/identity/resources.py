"""The kinds of rows the identity API lists, creates, shows, updates and deletes."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.identity import tables as t
from nova.standalone.identity.collection import Field, Resource, Values, anybody
from nova.standalone.identity.errors import missing
from nova.standalone.identity.passwords import hash_password
from nova.standalone.identity.seed import DOMAIN_ID
from nova.standalone.storage import first
from nova.standalone.web.fault import bad_request, forbidden

NAME = Field("name", required=True)
NOTE = Field("description", nullable=True, default="")
ENABLED = Field("enabled", bool, default=True)
OPTIONS = Field("options", dict, default=dict)
TAGS = Field("tags", list, default=list)


def _own_project(caller: Caller, row: Values) -> bool:
    return caller.is_service or caller.owns(row["id"])


def _own_user(caller: Caller, row: Values) -> bool:
    return caller.is_service or caller.user_id == row["id"]


def _own_domain(caller: Caller, row: Values) -> bool:
    return row["id"] in (caller.domain_id, DOMAIN_ID)


def _place_project(connection: sa.Connection, caller: Caller, values: Values) -> None:
    if "id" not in values:
        return
    parent = values["parent_id"]
    if parent and values["domain_id"] is None:
        above = first(connection, sa.select(t.PROJECTS).where(t.PROJECTS.c.id == parent))
        values["domain_id"] = above["domain_id"] if above else parent
    values["domain_id"] = values["domain_id"] or caller.domain_id or DOMAIN_ID
    values["parent_id"] = parent or values["domain_id"]
    _existing_domain(connection, values["domain_id"])


def _secure_user(connection: sa.Connection, caller: Caller, values: Values) -> None:
    creating = "id" in values
    if creating:
        values["domain_id"] = values["domain_id"] or caller.domain_id or DOMAIN_ID
        _existing_domain(connection, values["domain_id"])
    password = values.pop("password", None)
    if password is not None:
        values["password_hash"] = hash_password(password)


def _existing_domain(connection: sa.Connection, domain_id: str) -> None:
    if not first(connection, sa.select(t.DOMAINS).where(t.DOMAINS.c.id == domain_id)):
        raise missing("domain", domain_id)


def _plain_role(connection: sa.Connection, caller: Caller, values: Values) -> None:
    if values.get("domain_id") is not None:
        raise bad_request("Roles that belong to a domain are not supported.")


def _known_region(connection: sa.Connection, caller: Caller, values: Values) -> None:
    references = (("service_id", "service", t.SERVICES), ("region_id", "region", t.REGIONS))
    for name, kind, table in references:
        wanted = values.get(name)
        if wanted and not first(connection, sa.select(table).where(table.c.id == wanted)):
            raise bad_request(f"Could not find {kind}: {wanted}.")
    if values.get("interface", "public") not in ("public", "internal", "admin"):
        raise bad_request("The interface must be public, internal or admin.")


def _drop_grants(kind: str) -> Any:
    def cleanup(connection: sa.Connection, row: Values) -> None:
        here = sa.and_(t.ASSIGNMENTS.c.kind == kind, t.ASSIGNMENTS.c.target == row["id"])
        connection.execute(sa.delete(t.ASSIGNMENTS).where(here))

    return cleanup


def _drop_domain(connection: sa.Connection, row: Values) -> None:
    if row["enabled"]:
        raise forbidden(
            "You are not authorized to perform the requested action: cannot delete a "
            "domain that is enabled, please disable it first."
        )
    inside = sa.select(t.PROJECTS.c.id).where(t.PROJECTS.c.domain_id == row["id"])
    connection.execute(sa.delete(t.ASSIGNMENTS).where(t.ASSIGNMENTS.c.target.in_(inside)))
    _drop_grants("domain")(connection, row)


DOMAIN = Resource(
    "domain",
    "domains",
    t.DOMAINS,
    (NAME, NOTE, ENABLED, TAGS, OPTIONS),
    visible=_own_domain,
    cleanup=_drop_domain,
)
PROJECT = Resource(
    "project",
    "projects",
    t.PROJECTS,
    (
        NAME,
        Field("domain_id", nullable=True, fixed=True),
        Field("parent_id", nullable=True, fixed=True),
        NOTE,
        ENABLED,
        Field("is_domain", bool, default=False, fixed=True),
        TAGS,
        OPTIONS,
    ),
    visible=_own_project,
    prepare=_place_project,
    cleanup=_drop_grants("project"),
)
USER = Resource(
    "user",
    "users",
    t.USERS,
    (
        NAME,
        Field("domain_id", nullable=True, fixed=True),
        Field("default_project_id", nullable=True),
        Field("description", nullable=True),
        Field("email", nullable=True),
        Field("password", nullable=True),
        ENABLED,
        OPTIONS,
    ),
    hidden=frozenset({"extra", "password_hash"}),
    visible=_own_user,
    prepare=_secure_user,
)
ROLE = Resource(
    "role",
    "roles",
    t.ROLES,
    (NAME, Field("domain_id", nullable=True), Field("description", nullable=True), OPTIONS),
    visible=anybody,
    prepare=_plain_role,
)
REGION = Resource(
    "region",
    "regions",
    t.REGIONS,
    (Field("id", fixed=True), NOTE, Field("parent_region_id", nullable=True)),
    visible=anybody,
)
SERVICE = Resource(
    "service",
    "services",
    t.SERVICES,
    (
        Field("type", required=True),
        Field("name", nullable=True),
        Field("description", nullable=True),
        ENABLED,
    ),
)
ENDPOINT = Resource(
    "endpoint",
    "endpoints",
    t.ENDPOINTS,
    (
        Field("service_id", required=True),
        Field("region_id", nullable=True),
        Field("interface", required=True),
        Field("url", required=True),
        ENABLED,
    ),
    prepare=_known_region,
)
RESOURCES = (DOMAIN, PROJECT, USER, ROLE, REGION, SERVICE, ENDPOINT)
