"""Which roles somebody has where, implied ones included."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova.standalone.identity import tables as t
from nova.standalone.storage import first, rows


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is for; `kind` is none, project, domain or system."""

    kind: str = "none"
    id: str | None = None


UNSCOPED = Scope()
SYSTEM = Scope("system", "all")
A = t.ASSIGNMENTS.c


def direct_roles(connection: sa.Connection, user_id: str, scope: Scope) -> set[str]:
    """Ids of the roles assigned to the user in that very scope."""
    wanted = sa.select(A.role_id).where(
        A.user_id == user_id, A.kind == scope.kind, A.target == scope.id
    )
    return set(connection.scalars(wanted))


def with_implied(connection: sa.Connection, role_ids: set[str]) -> set[str]:
    pairs = [(row["prior"], row["implied"]) for row in rows(connection, sa.select(t.IMPLICATIONS))]
    found, grown = set(role_ids), True
    while grown:
        more = {implied for prior, implied in pairs if prior in found} - found
        found |= more
        grown = bool(more)
    return found


def effective_roles(connection: sa.Connection, user_id: str, scope: Scope) -> list[dict[str, str]]:
    """[{id, name}], sorted by name; empty when the user has nothing there."""
    ids = with_implied(connection, direct_roles(connection, user_id, scope))
    return named_roles(connection, ids)


def named_roles(connection: sa.Connection, ids: set[str]) -> list[dict[str, str]]:
    query = sa.select(t.ROLES.c.id, t.ROLES.c.name).where(t.ROLES.c.id.in_(ids))
    return rows(connection, query.order_by(t.ROLES.c.name))


def targets(connection: sa.Connection, user_id: str, kind: str) -> list[dict[str, Any]]:
    """The enabled projects or domains in which the user has a role."""
    table = t.PROJECTS if kind == "project" else t.DOMAINS
    mine = sa.select(A.target).where(A.user_id == user_id, A.kind == kind)
    query = sa.select(table).where(table.c.id.in_(mine), table.c.enabled.is_(True))
    return rows(connection, query.order_by(table.c.name))


def domain_of(connection: sa.Connection, domain_id: str) -> dict[str, Any] | None:
    return first(connection, sa.select(t.DOMAINS).where(t.DOMAINS.c.id == domain_id))
