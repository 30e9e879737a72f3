"""/usages and /resource_providers/{uuid}/usages"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova.placement import errors, versions
from nova.placement.api import filters
from nova.placement.api.request import Reply, Request
from nova.placement.db import inventories, providers, usages


def of_provider(request: Request) -> Reply:
    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, request.items["uuid"])
        found = inventories.usages(connection, [provider.id])
        classes = request.services.vocabulary.classes
        used = {classes.name(connection, key[1]): one.used for key, one in found.items()}
        body = {"resource_provider_generation": provider.generation, "usages": used}
        return Reply(body=body, changed_at=request.now)

    return request.services.database.read(work)


def project(request: Request) -> Mapping[str, Any]:
    """The target of the policy check: a project may look at itself."""
    return {"project_id": next(iter(request.query().get("project_id", ())), None)}


def totals(request: Request) -> Reply:
    query = request.query()
    typed = request.has(versions.CONSUMER_TYPES)
    filters.refuse_unknown(query, ["project_id", "user_id", *(["consumer_type"] if typed else [])])
    owner, user = _external(query, "project_id"), _external(query, "user_id")
    kind = _consumer_type(query) if typed else usages.ALL
    if owner is None:
        raise errors.MissingQueryValue(
            message="Invalid query string parameters: 'project_id' is a required property"
        )

    def work(connection: sa.Connection) -> Reply:
        found = usages.totals(connection, owner, user, kind)
        views = {name: _named(request, connection, one) for name, one in found.items()}
        return Reply(body={"usages": _body(views, typed)}, changed_at=request.now)

    return request.services.database.read(work)


def _body(views: Mapping[str, dict[str, int]], typed: bool) -> Mapping[str, Any]:
    if typed:
        return views
    view = views.get(usages.ALL, {})
    view.pop("consumer_count", None)
    return view


def _named(request: Request, connection: sa.Connection, total: usages.Total) -> dict[str, int]:
    classes = request.services.vocabulary.classes
    used = {classes.name(connection, number): amount for number, amount in total.used.items()}
    return {**used, "consumer_count": total.consumers}


def _external(query: filters.Query, key: str) -> str | None:
    value = filters.single(query, key)
    if value is not None and not 1 <= len(value) <= 255:
        raise errors.BadRequest(
            message=f"Invalid query string parameters: {key} has from 1 to 255 characters"
        )
    return value


def _consumer_type(query: filters.Query) -> str | None:
    value = filters.single(query, "consumer_type")
    if value is not None and value not in (usages.ALL, usages.UNKNOWN) and not valid_type(value):
        raise errors.BadRequest(
            message=f"Invalid query string parameters: '{value}' is no consumer type"
        )
    return value


def valid_type(name: str) -> bool:
    return (
        1 <= len(name) <= 255
        and name.isascii()
        and name == name.upper()
        and (name.replace("_", "").isalnum() or not name.strip("_"))
    )
