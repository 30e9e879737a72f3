"""How much of each resource a project may have; -1 is no limit."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova.standalone.network import tables as t
from nova.standalone.network.attributes import Kind
from nova.standalone.network.errors import disallowed, invalid
from nova.standalone.storage import Store, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import Fault

COUNTED = {
    "network": t.NETWORKS,
    "subnet": t.SUBNETS,
    "port": t.PORTS,
    "security_group": t.SECURITY_GROUPS,
    "security_group_rule": t.RULES,
}
UNLIMITED: Mapping[str, int] = dict.fromkeys(COUNTED, -1)
Q = t.QUOTAS.c


class Quotas:
    def __init__(self, store: Store, defaults: Mapping[str, int] = UNLIMITED) -> None:
        self._store = store
        self._defaults = {**UNLIMITED, **defaults}

    def routes(self) -> tuple[Route, ...]:
        one = "/v2.0/quotas/{project}"
        return (
            Route("GET", "/v2.0/quotas", self.index),
            Route("GET", one, self.show),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.reset, 204),
            Route("GET", one + "/default", self.default),
            Route("GET", one + "/details", self.details),
            Route("GET", one + "/details.json", self.details),
        )

    def check(
        self, connection: sa.Connection, table: sa.Table, kind: Kind, project_id: str
    ) -> None:
        """409 when one more would be over the project's limit."""
        limit = self._limits(connection, project_id)[kind.singular]
        if limit >= 0 and _used(connection, table, project_id) >= limit:
            raise Fault(409, f"Quota exceeded for resources: ['{kind.singular}'].", "OverQuota")

    def index(self, call: Call) -> dict[str, Any]:
        _admin(call, None)
        with self._store.read() as connection:
            projects = connection.scalars(sa.select(Q.project_id).distinct()).all()
            found = [
                {**self._limits(connection, one), "project_id": one, "tenant_id": one}
                for one in projects
            ]
        return {"quotas": found}

    def show(self, call: Call) -> dict[str, Any]:
        _admin(call, call.args["project"])
        with self._store.read() as connection:
            return {"quota": self._limits(connection, call.args["project"])}

    def default(self, call: Call) -> dict[str, Any]:
        return {"quota": self._defaults}

    def details(self, call: Call) -> dict[str, Any]:
        project = call.args["project"]
        _admin(call, project)
        with self._store.read() as connection:
            limits = self._limits(connection, project)
            found = {
                name: {"limit": limits[name], "used": _used(connection, table, project),
                       "reserved": 0}
                for name, table in COUNTED.items()
            }  # fmt: skip
        return {"quota": found}

    def update(self, call: Call) -> dict[str, Any]:
        _admin(call, None)
        project, body = call.args["project"], call.part("quota")
        body.pop("force", None)
        checked = body.pop("check_limit", False) is True
        with self._store.write() as connection:
            for name, limit in body.items():
                if name not in COUNTED or not isinstance(limit, int) or limit < -1:
                    raise invalid(name, f"'{limit}' is no limit, or '{name}' is not limited here.")
                if checked and 0 <= limit < _used(connection, COUNTED[name], project):
                    raise invalid(name, f"The project uses more than {limit} already.")
                _forget(connection, project, name)
                values = {"project_id": project, "resource": name, "limit": limit}
                connection.execute(sa.insert(t.QUOTAS).values(values))
            return {"quota": self._limits(connection, project)}

    def reset(self, call: Call) -> None:
        _admin(call, None)
        with self._store.write() as connection:
            _forget(connection, call.args["project"], *COUNTED)

    def _limits(self, connection: sa.Connection, project_id: str) -> dict[str, int]:
        own = rows(connection, sa.select(t.QUOTAS).where(Q.project_id == project_id))
        return {**self._defaults, **{row["resource"]: row["limit"] for row in own}}


def _used(connection: sa.Connection, table: sa.Table, project_id: str) -> int:
    count = sa.select(sa.func.count()).select_from(table)
    return connection.scalar(count.where(table.c.project_id == project_id)) or 0


def _forget(connection: sa.Connection, project_id: str, *names: str) -> None:
    same = sa.and_(Q.project_id == project_id, Q.resource.in_(names))
    connection.execute(sa.delete(t.QUOTAS).where(same))


def _admin(call: Call, project: str | None) -> None:
    if not (call.caller.is_admin or call.caller.owns(project)):
        raise disallowed("get_quota")
