"""Who has which role where: grants, their lists, and implied roles."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.identity import tables as t
from nova.standalone.identity.collection import Collection
from nova.standalone.identity.errors import denied_action, missing
from nova.standalone.identity.grants import with_implied
from nova.standalone.identity.resources import ROLE
from nova.standalone.storage import Store, first, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import not_found

Values = dict[str, Any]
A = t.ASSIGNMENTS.c
# What stands in the path before /users/{user}/roles.
TARGETS = {"projects": ("project", t.PROJECTS), "domains": ("domain", t.DOMAINS)}


class Grants:
    """PUT, HEAD, DELETE and list of /v3/{target}/users/{user}/roles."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roles = Collection(ROLE, store)

    def routes(self) -> tuple[Route, ...]:
        found: list[Route] = []
        for prefix in ("/v3/{kind:projects|domains}/{target}", "/v3/system"):
            many = prefix + "/users/{user}/roles"
            found += (
                Route("GET", many, self.index),
                Route("PUT", many + "/{role}", self.grant, 204),
                Route("GET", many + "/{role}", self.check, 204),
                Route("DELETE", many + "/{role}", self.withdraw, 204),
            )
        return tuple(found)

    def index(self, call: Call) -> Values:
        with self._store.read() as connection:
            key = self._key(connection, call, "list_grants")
            held = sa.select(A.role_id).filter_by(**key)
            found = rows(connection, sa.select(t.ROLES).where(t.ROLES.c.id.in_(held)))
        return self._roles.page(call, found)

    def grant(self, call: Call) -> None:
        with self._store.write() as connection:
            key = self._key(connection, call, "create_grant")
            if not first(connection, sa.select(t.ASSIGNMENTS).filter_by(**key)):
                connection.execute(sa.insert(t.ASSIGNMENTS).values(key))

    def check(self, call: Call) -> None:
        with self._store.read() as connection:
            key = self._key(connection, call, "check_grant")
            if not first(connection, sa.select(t.ASSIGNMENTS).filter_by(**key)):
                raise _no_grant(key)

    def withdraw(self, call: Call) -> None:
        with self._store.write() as connection:
            key = self._key(connection, call, "revoke_grant")
            gone = connection.execute(sa.delete(t.ASSIGNMENTS).filter_by(**key))
            if not gone.rowcount:
                raise _no_grant(key)

    def _key(self, connection: sa.Connection, call: Call, action: str) -> dict[str, str]:
        """The row's key; 404 when a part of it is unknown."""
        own_list = action == "list_grants" and call.caller.user_id == call.args["user"]
        if not call.caller.is_admin and not own_list:
            raise denied_action(f"identity:{action}")
        _known(connection, t.USERS, "user", call.args["user"])
        key = {"kind": "system", "target": "all", "user_id": call.args["user"]}
        if "kind" in call.args:
            kind, table = TARGETS[call.args["kind"]]
            _known(connection, table, kind, call.args["target"])
            key |= {"kind": kind, "target": call.args["target"]}
        if "role" in call.args:
            _known(connection, t.ROLES, "role", call.args["role"])
            key["role_id"] = call.args["role"]
        return key


class RoleAssignments:
    """GET /v3/role_assignments and the implications among roles."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> tuple[Route, ...]:
        implied = "/v3/roles/{role}/implies"
        return (
            Route("GET", "/v3/role_assignments", self.index),
            Route("GET", "/v3/role_inferences", self.inferences),
            Route("GET", implied, self.implied),
            Route("PUT", implied + "/{implied}", self.imply, 201),
            Route("GET", implied + "/{implied}", self.one_implied),
            Route("DELETE", implied + "/{implied}", self.forget, 204),
        )

    def index(self, call: Call) -> Values:
        query = call.query
        if not call.caller.is_admin and query.get("user.id") != call.caller.user_id:
            raise denied_action("identity:list_role_assignments")
        with self._store.read() as connection:
            found = rows(connection, _assignments(query))
            if "effective" in query:
                found = _effective(connection, found)
            role = query.get("role.id")
            found = [row for row in found if role in (None, row["role_id"])]
            names = _Names(connection) if "include_names" in query else None
            shown = [_assignment(call, row, names) for row in found]
        links = {"next": None, "self": f"{call.host_url}/v3/role_assignments", "previous": None}
        return {"role_assignments": shown, "links": links}

    def inferences(self, call: Call) -> Values:
        with self._store.read() as connection:
            priors = list(connection.scalars(sa.select(t.IMPLICATIONS.c.prior).distinct()))
            return {"role_inferences": [_inference(connection, prior) for prior in priors]}

    def implied(self, call: Call) -> Values:
        with self._store.read() as connection:
            _known(connection, t.ROLES, "role", call.args["role"])
            return {"role_inference": _inference(connection, call.args["role"])}

    def one_implied(self, call: Call) -> Values:
        with self._store.read() as connection:
            return self._pair(connection, call)

    def imply(self, call: Call) -> Values:
        self._admin(call)
        key = {"prior": call.args["role"], "implied": call.args["implied"]}
        with self._store.write() as connection:
            for role in key.values():
                _known(connection, t.ROLES, "role", role)
            if not first(connection, sa.select(t.IMPLICATIONS).filter_by(**key)):
                connection.execute(sa.insert(t.IMPLICATIONS).values(key))
            return self._pair(connection, call)

    def forget(self, call: Call) -> None:
        self._admin(call)
        with self._store.write() as connection:
            self._pair(connection, call)
            connection.execute(
                sa.delete(t.IMPLICATIONS).filter_by(
                    prior=call.args["role"], implied=call.args["implied"]
                )
            )

    def _pair(self, connection: sa.Connection, call: Call) -> Values:
        prior, implied = call.args["role"], call.args["implied"]
        inference = _inference(connection, prior)
        for role in inference["implies"]:
            if role["id"] == implied:
                return {"role_inference": {**inference, "implies": role}}
        raise not_found(f"{prior} does not imply {implied}.")

    def _admin(self, call: Call) -> None:
        if not call.caller.is_admin:
            raise denied_action("identity:create_implied_role")


class _Names:
    """Names for ids, for answers with `include_names`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._domains = self._by_id(connection, t.DOMAINS)
        self._rows = {
            "user": self._by_id(connection, t.USERS),
            "project": self._by_id(connection, t.PROJECTS),
            "role": self._by_id(connection, t.ROLES),
            "domain": self._domains,
        }

    def of(self, kind: str, row_id: str) -> Values:
        row = self._rows[kind].get(row_id, {})
        named: Values = {"name": row.get("name")}
        if row.get("domain_id"):
            domain = self._domains.get(row["domain_id"], {})
            named["domain"] = {"id": row["domain_id"], "name": domain.get("name")}
        return named

    def _by_id(self, connection: sa.Connection, table: sa.Table) -> dict[str, Values]:
        return {row["id"]: row for row in rows(connection, sa.select(table))}


def _assignments(query: Any) -> Any:
    wanted = sa.select(t.ASSIGNMENTS)
    if user := query.get("user.id"):
        wanted = wanted.where(A.user_id == user)
    for kind, name in (("project", "scope.project.id"), ("domain", "scope.domain.id")):
        if target := query.get(name):
            wanted = wanted.where(A.kind == kind, A.target == target)
    if "scope.system" in query:
        wanted = wanted.where(A.kind == "system")
    if query.get("group.id"):
        wanted = wanted.where(sa.false())
    return wanted.order_by(A.kind, A.target, A.user_id, A.role_id)


def _effective(connection: sa.Connection, found: list[Values]) -> list[Values]:
    grown = {
        (row["kind"], row["target"], row["user_id"], role)
        for row in found
        for role in with_implied(connection, {row["role_id"]})
    }
    names = ("kind", "target", "user_id", "role_id")
    return [dict(zip(names, key, strict=True)) for key in sorted(grown)]


def _assignment(call: Call, row: Values, names: _Names | None) -> Values:
    def thing(kind: str, row_id: str) -> Values:
        return {"id": row_id, **(names.of(kind, row_id) if names else {})}

    kind, target = row["kind"], row["target"]
    scope = {"system": {"all": True}} if kind == "system" else {kind: thing(kind, target)}
    where = "system" if kind == "system" else f"{kind}s/{target}"
    url = f"{call.host_url}/v3/{where}/users/{row['user_id']}/roles/{row['role_id']}"
    return {
        "role": thing("role", row["role_id"]),
        "user": thing("user", row["user_id"]),
        "scope": scope,
        "links": {"assignment": url},
    }


def _inference(connection: sa.Connection, prior: str) -> Values:
    implied = sa.select(t.IMPLICATIONS.c.implied).where(t.IMPLICATIONS.c.prior == prior)
    role = sa.select(t.ROLES.c.id, t.ROLES.c.name)
    return {
        "prior_role": first(connection, role.where(t.ROLES.c.id == prior)),
        "implies": rows(connection, role.where(t.ROLES.c.id.in_(implied))),
    }


def _known(connection: sa.Connection, table: sa.Table, kind: str, row_id: str) -> None:
    if not first(connection, sa.select(table.c.id).where(table.c.id == row_id)):
        raise missing(kind, row_id)


def _no_grant(key: dict[str, str]) -> Exception:
    return not_found(
        f"Could not find role assignment with role: {key['role_id']}, user or group: "
        f"{key['user_id']}, project, domain, or system: {key['target']}."
    )
