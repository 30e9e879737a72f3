"""What hangs on a user: projects, own password, application credentials."""

import secrets
import uuid
from typing import Any

import sqlalchemy as sa

from nova.standalone.identity import tables as t
from nova.standalone.identity.collection import Collection
from nova.standalone.identity.errors import denied_action, missing
from nova.standalone.identity.grants import Scope, effective_roles, named_roles, targets
from nova.standalone.identity.login import denied
from nova.standalone.identity.passwords import Verifier, hash_password
from nova.standalone.identity.resources import PROJECT
from nova.standalone.identity.tokens import revoke_all
from nova.standalone.storage import Store, first, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request, conflict

C = t.APPLICATION_CREDENTIALS.c


class UserApi:
    def __init__(self, store: Store, verifier: Verifier) -> None:
        self._store = store
        self._verifier = verifier

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/v3/users/{user}/projects", self.projects),
            Route("GET", "/v3/users/{user}/groups", self.groups),
            Route("POST", "/v3/users/{user}/password", self.change_password, 204),
        )

    def projects(self, call: Call) -> dict[str, Any]:
        self_or_admin(call, "list_user_projects")
        with self._store.read() as connection:
            found = targets(connection, call.args["user"], "project")
        return Collection(PROJECT, self._store).page(call, found)

    def groups(self, call: Call) -> dict[str, Any]:
        """There are no groups here, so nobody is in one."""
        self_or_admin(call, "list_groups_for_user")
        links = {"next": None, "self": call.request.path_url, "previous": None}
        return {"groups": [], "links": links}

    def change_password(self, call: Call) -> None:
        body = call.part("user")
        with self._store.write() as connection:
            user = first(connection, sa.select(t.USERS).where(t.USERS.c.id == call.args["user"]))
            if user is None or not self._verifier.verify(
                str(body.get("original_password")), user["password_hash"]
            ):
                raise denied()
            if not isinstance(body.get("password"), str):
                raise bad_request("'password' is a required property")
            hashed = hash_password(body["password"])
            same = t.USERS.c.id == user["id"]
            connection.execute(sa.update(t.USERS).where(same).values(password_hash=hashed))
            revoke_all(connection, user["id"])


class ApplicationCredentials:
    """/v3/users/{user}/application_credentials: passwords with fewer roles."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> tuple[Route, ...]:
        many = "/v3/users/{user}/application_credentials"
        return (
            Route("GET", many, self.index),
            Route("POST", many, self.create, 201),
            Route("GET", many + "/{id}", self.show),
            Route("DELETE", many + "/{id}", self.delete, 204),
        )

    def index(self, call: Call) -> dict[str, Any]:
        self_or_admin(call, "list_application_credentials")
        query = sa.select(t.APPLICATION_CREDENTIALS).where(C.user_id == call.args["user"])
        if name := call.query.get("name"):
            query = query.where(C.name == name)
        with self._store.read() as connection:
            shown = [self._view(connection, row) for row in rows(connection, query)]
        links = {"next": None, "self": call.request.path_url, "previous": None}
        return {"application_credentials": shown, "links": links}

    def create(self, call: Call) -> dict[str, Any]:
        body = call.part("application_credential")
        caller = call.caller
        if caller.user_id != call.args["user"] or not caller.project_id:
            raise denied_action("identity:create_application_credential")
        if not body.get("name"):
            raise bad_request("'name' is a required property")
        secret = body.get("secret") or secrets.token_urlsafe(48)
        with self._store.write() as connection:
            row = {
                "id": uuid.uuid4().hex,
                "name": body["name"],
                "user_id": caller.user_id,
                "project_id": caller.project_id,
                "secret_hash": hash_password(secret),
                "description": body.get("description"),
                "roles": _roles(connection, call, body.get("roles")),
                "unrestricted": bool(body.get("unrestricted", False)),
                "expires_at": body.get("expires_at"),
            }
            _insert(connection, row)
            shown = self._view(connection, row)
        return {"application_credential": {**shown, "secret": secret}}

    def show(self, call: Call) -> dict[str, Any]:
        self_or_admin(call, "get_application_credential")
        with self._store.read() as connection:
            return {"application_credential": self._view(connection, _get(connection, call))}

    def delete(self, call: Call) -> None:
        self_or_admin(call, "delete_application_credential")
        with self._store.write() as connection:
            row = _get(connection, call)
            connection.execute(sa.delete(t.APPLICATION_CREDENTIALS).where(C.id == row["id"]))

    def _view(self, connection: sa.Connection, row: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in row.items() if key != "secret_hash"}
        return {**shown, "roles": named_roles(connection, set(row["roles"]))}


def self_or_admin(call: Call, action: str) -> None:
    if not (call.caller.is_admin or call.caller.user_id == call.args["user"]):
        raise denied_action(f"identity:{action}")


def _roles(connection: sa.Connection, call: Call, asked: Any) -> list[str]:
    """Ids of the asked roles (all, when none are named); 400 for one not held."""
    scope = Scope("project", call.caller.project_id)
    held = effective_roles(connection, str(call.caller.user_id), scope)
    if not asked:
        return [role["id"] for role in held]
    by_key = {role["id"]: role["id"] for role in held} | {role["name"]: role["id"] for role in held}
    wanted = [role.get("id") or role.get("name") for role in asked]
    for role in wanted:
        if role not in by_key:
            raise bad_request(f"Invalid application credential: no role {role} in the project.")
    return [by_key[role] for role in wanted]


def _insert(connection: sa.Connection, row: dict[str, Any]) -> None:
    try:
        connection.execute(sa.insert(t.APPLICATION_CREDENTIALS).values(row))
    except sa.exc.IntegrityError:
        raise conflict(
            "Conflict occurred attempting to store application_credential - Duplicate Entry."
        ) from None


def _get(connection: sa.Connection, call: Call) -> dict[str, Any]:
    query = sa.select(t.APPLICATION_CREDENTIALS).where(
        C.id == call.args["id"], C.user_id == call.args["user"]
    )
    row = first(connection, query)
    if row is None:
        raise missing("application_credential", call.args["id"])
    return row
