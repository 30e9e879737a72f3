"""/traits and /resource_providers/{uuid}/traits"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nova.placement import errors, versions
from nova.placement.api import filters
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import CUSTOM_NAME, GENERATION, Schema, closed
from nova.placement.db import providers, traits
from nova.placement.db.traits import Dated

_NAME = Schema({versions.OLDEST: CUSTOM_NAME})
_REPLACE = Schema(
    {
        versions.OLDEST: closed(
            {
                "resource_provider_generation": GENERATION,
                "traits": {
                    "type": "array",
                    "items": {"type": "string", "pattern": "^[A-Z0-9_]+$", "maxLength": 255},
                    "uniqueItems": True,
                },
            }
        )
    }
)
_TRUTH = {"true": True, "false": False}


def index(request: Request) -> Reply:
    query = request.query()
    filters.refuse_unknown(query, ["name", "associated"])
    wanted = {
        **_name_filter(filters.single(query, "name")),
        "associated": _associated(filters.single(query, "associated")),
    }
    found = request.services.database.read(lambda connection: traits.find(connection, **wanted))
    return Reply(body={"traits": [name for name, _ in found]}, changed_at=_newest(request, found))


def show(request: Request) -> Reply:
    name = request.items["name"]
    found = request.services.database.read(lambda connection: traits.find(connection, names=[name]))
    if not found:
        raise errors.Missing(message=f"No such trait {name}.")
    return Reply(204, changed_at=_newest(request, found))


def update(request: Request) -> Reply:
    name = request.items["name"]
    try:
        _NAME.check(name, request.version)
    except errors.BadRequest as error:
        raise errors.BadRequest(
            message=f"The trait is invalid. A valid trait must be no longer than 255 characters, "
            f'start with the prefix "CUSTOM_" and use following characters: "A"-"Z", "0"-"9" '
            f'and "_": {name}'
        ) from error
    new = request.services.database.write(
        lambda connection: traits.add(connection, name, request.now)
    )
    return Reply(
        201 if new else 204,
        headers={"Location": f"{request.prefix}/traits/{name}"},
        changed_at=request.now,
    )


def delete(request: Request) -> Reply:
    name = request.items["name"]
    request.services.database.write(lambda connection: traits.delete(connection, name))
    return Reply(204)


def of_provider(request: Request) -> Reply:
    def work(connection: sa.Connection) -> Reply:
        provider = providers.get(connection, request.items["uuid"])
        found = traits.of_provider(connection, provider.id)
        return _listed(request, provider.generation, found)

    return request.services.database.read(work)


def replace(request: Request) -> Reply:
    body = request.json(_REPLACE)
    generation, found = request.services.database.write(
        lambda connection: traits.replace(
            connection,
            request.items["uuid"],
            body["traits"],
            body["resource_provider_generation"],
            request.now,
        )
    )
    return _listed(request, generation, found)


def clear(request: Request) -> Reply:
    uuid = request.items["uuid"]
    request.services.database.write(
        lambda connection: traits.replace(connection, uuid, (), None, request.now)
    )
    return Reply(204)


def _name_filter(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    kind, colon, value = text.partition(":")
    if colon and kind == "in":
        return {"names": value.split(",")}
    if colon and kind == "startswith":
        return {"prefix": value}
    raise errors.BadQueryValue(
        message="Badly formatted name parameter. Expected name query string parameter in form: "
        f'?name=[in|startswith]:[name1,name2|prefix]. Got: "{text}"'
    )


def _associated(text: str | None) -> bool | None:
    if text is None:
        return None
    if text.lower() not in _TRUTH:
        raise errors.BadQueryValue(
            message=f'The query parameter "associated" only accepts "true" or "false": {text}'
        )
    return _TRUTH[text.lower()]


def _listed(request: Request, generation: int, found: Dated) -> Reply:
    return Reply(
        body={
            "traits": [name for name, _ in found],
            "resource_provider_generation": generation,
        },
        changed_at=_newest(request, found),
    )


def _newest(request: Request, found: Dated) -> datetime:
    return max((moment for _, moment in found if moment is not None), default=request.now)
