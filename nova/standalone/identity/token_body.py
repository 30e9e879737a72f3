"""Keystone's document of a token: user, scope, roles, catalogue."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import InvalidToken
from nova.standalone.identity import tables as t
from nova.standalone.identity.catalog import catalog
from nova.standalone.identity.grants import Scope, domain_of, effective_roles, named_roles
from nova.standalone.storage import first


def describe(
    connection: sa.Connection, user_id: str, scope: Scope, credential_id: str | None
) -> dict[str, Any]:
    """All of the `token` object but methods, times and audit ids.

    Raises InvalidToken when the user or the scope is gone or disabled, or no
    role is left in the scope.
    """
    body: dict[str, Any] = {"user": _user(connection, user_id)}
    if scope.kind == "none":
        return body
    body |= SCOPES[scope.kind](connection, str(scope.id))
    body["roles"] = effective_roles(connection, user_id, scope)
    if credential_id:
        body |= _restricted(connection, credential_id, body["roles"])
    if not body["roles"]:
        raise InvalidToken
    body["catalog"] = catalog(connection, scope.id if scope.kind == "project" else None)
    return body


def _user(connection: sa.Connection, user_id: str) -> dict[str, Any]:
    user = first(connection, sa.select(t.USERS).where(t.USERS.c.id == user_id))
    if user is None or not user["enabled"]:
        raise InvalidToken
    return {
        "id": user["id"],
        "name": user["name"],
        "domain": _domain(connection, user["domain_id"]),
        "password_expires_at": None,
    }


def _domain(connection: sa.Connection, domain_id: str) -> dict[str, Any]:
    domain = domain_of(connection, domain_id)
    if domain is None or not domain["enabled"]:
        raise InvalidToken
    return {"id": domain["id"], "name": domain["name"]}


def _project_scope(connection: sa.Connection, project_id: str) -> dict[str, Any]:
    project = first(connection, sa.select(t.PROJECTS).where(t.PROJECTS.c.id == project_id))
    if project is None or not project["enabled"]:
        raise InvalidToken
    domain = _domain(connection, project["domain_id"])
    return {
        "project": {"id": project["id"], "name": project["name"], "domain": domain},
        "is_domain": False,
    }


def _domain_scope(connection: sa.Connection, domain_id: str) -> dict[str, Any]:
    return {"domain": _domain(connection, domain_id)}


def _system_scope(connection: sa.Connection, _: str) -> dict[str, Any]:
    return {"system": {"all": True}}


SCOPES = {"project": _project_scope, "domain": _domain_scope, "system": _system_scope}


def _restricted(
    connection: sa.Connection, credential_id: str, held: list[dict[str, str]]
) -> dict[str, Any]:
    """An application credential gives its own roles, as far as still held."""
    table = t.APPLICATION_CREDENTIALS
    found = first(connection, sa.select(table).where(table.c.id == credential_id))
    if found is None:
        raise InvalidToken
    ids = {role["id"] for role in held} & set(found["roles"])
    return {
        "roles": named_roles(connection, ids),
        "application_credential": {
            "id": found["id"],
            "name": found["name"],
            "restricted": not found["unrestricted"],
        },
    }
