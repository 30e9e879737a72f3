"""/resource_classes"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova.placement import errors, versions
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import CUSTOM_NAME, Schema, closed
from nova.placement.db import classes

_BODY = Schema({versions.OLDEST: closed({"name": CUSTOM_NAME})})
_NAME = Schema({versions.OLDEST: CUSTOM_NAME})


def index(request: Request) -> Reply:
    found = request.services.database.read(classes.find)
    changed = max((moment for _, moment in found if moment is not None), default=request.now)
    views = [_view(request, name) for name, _ in found]
    return Reply(body={"resource_classes": views}, changed_at=changed)


def create(request: Request) -> Reply:
    name = request.json(_BODY)["name"]
    if not _add(request, name):
        raise errors.Clash(message=f"Conflicting resource class already exists: {name}")
    return Reply(201, headers=_location(request, name))


def show(request: Request) -> Reply:
    name = request.items["name"]
    _, changed = request.services.database.read(lambda connection: classes.get(connection, name))
    return Reply(body=_view(request, name), changed_at=changed or request.now)


def update(request: Request) -> Reply:
    """Create if missing; in the oldest versions, rename."""
    if not request.has(versions.CLASS_PUT_CREATES):
        return _rename(request)
    name = request.items["name"]
    _NAME.check(name, request.version)
    return Reply(201 if _add(request, name) else 204, headers=_location(request, name))


def delete(request: Request) -> Reply:
    name = request.items["name"]
    request.services.database.write(lambda connection: classes.delete(connection, name))
    return Reply(204)


def _rename(request: Request) -> Reply:
    old, new = request.items["name"], request.json(_BODY)["name"]

    def work(connection: sa.Connection) -> None:
        classes.rename(connection, old, new, request.now)

    request.services.database.write(work)
    request.services.database.read(request.services.vocabulary.classes.load)
    return Reply(body=_view(request, new), changed_at=request.now)


def _add(request: Request, name: str) -> bool:
    return request.services.database.write(
        lambda connection: classes.add(connection, name, request.now)
    )


def _location(request: Request, name: str) -> dict[str, str]:
    return {"Location": _path(request, name)}


def _path(request: Request, name: str) -> str:
    return f"{request.prefix}/resource_classes/{name}"


def _view(request: Request, name: str) -> Mapping[str, Any]:
    return {"name": name, "links": [{"rel": "self", "href": _path(request, name)}]}
