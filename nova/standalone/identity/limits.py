"""Unified limits: /v3/registered_limits and /v3/limits, enforced flat."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.identity import tables as t
from nova.standalone.identity.collection import Collection, Field, Resource, Values, anybody
from nova.standalone.storage import first
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request, forbidden

MODEL = {
    "name": "flat",
    "description": "Limits of projects do not add up along the tree of projects.",
}


def _own(caller: Caller, row: Values) -> bool:
    return caller.is_service or caller.owns(row["project_id"])


def _known_service(connection: sa.Connection, caller: Caller, values: Values) -> None:
    for name, kind, table in (
        ("service_id", "service", t.SERVICES), ("region_id", "region", t.REGIONS),
        ("project_id", "project", t.PROJECTS),
    ):
        wanted = values.get(name)
        if wanted and not first(connection, sa.select(table).where(table.c.id == wanted)):
            raise bad_request(f"Could not find {kind}: {wanted}.")


def _registered(connection: sa.Connection, caller: Caller, values: Values) -> None:
    """A project has limits only of what is limited at all."""
    _known_service(connection, caller, values)
    if "id" not in values:
        return
    same = [t.REGISTERED_LIMITS.c[name] == values[name]
            for name in ("service_id", "region_id", "resource_name")]  # fmt: skip
    if not first(connection, sa.select(t.REGISTERED_LIMITS).where(*same)):
        raise forbidden(f"There is no registered limit of {values['resource_name']} there.")


def _unused(connection: sa.Connection, row: Values) -> None:
    same = [t.LIMITS.c[name] == row[name] for name in ("service_id", "region_id", "resource_name")]
    if first(connection, sa.select(t.LIMITS).where(*same)):
        raise forbidden(
            f"Unable to update or delete registered limit {row['id']} because there are "
            "project limits associated with it."
        )


_WHERE = (
    Field("service_id", required=True, fixed=True),
    Field("region_id", nullable=True, fixed=True),
    Field("resource_name", required=True, fixed=True),
    Field("description", nullable=True),
)
REGISTERED = Resource(
    "registered_limit", "registered_limits", t.REGISTERED_LIMITS,
    (*_WHERE, Field("default_limit", int, required=True)),
    visible=anybody, prepare=_known_service, cleanup=_unused,
)
LIMIT = Resource(
    "limit", "limits", t.LIMITS,
    (
        *_WHERE,
        Field("project_id", nullable=True, fixed=True),
        Field("domain_id", nullable=True, fixed=True),
        Field("resource_limit", int, required=True),
    ),
    visible=_own, prepare=_registered,
)


class LimitCollection(Collection):
    """As any other, but several are created at once, all or none."""

    def create(self, call: Call) -> Values:
        self._admin(call, "create")
        plural = self._resource.plural
        asked = call.document().get(plural)
        if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
            raise bad_request(f"Resource body required: '{plural}'.")
        with self._store.write() as connection:
            made = [self._insert(connection, call, body) for body in asked]
        return self.page(call, made)


class LimitModel:
    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", "/v3/limits/model", self.show),)

    def show(self, call: Call) -> dict[str, Any]:
        return {"model": MODEL}
