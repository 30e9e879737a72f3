"""/resource_providers"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from nova.placement import versions
from nova.placement.api import filters
from nova.placement.api.request import Reply, Request
from nova.placement.api.schema import UUID, Schema, closed
from nova.placement.db import providers
from nova.placement.db.providers import Provider
from nova.placement.search import matching
from nova.placement.search.question import Group

_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_PARENT = {"parent_provider_uuid": {"anyOf": [UUID, {"type": "null"}]}}

_CREATE = Schema(
    {
        versions.OLDEST: closed({"name": _NAME}, {"uuid": UUID}),
        versions.TREES: closed({"name": _NAME}, {"uuid": UUID, **_PARENT}),
    }
)
_UPDATE = Schema(
    {
        versions.OLDEST: closed({"name": _NAME}),
        versions.TREES: closed({"name": _NAME}, _PARENT),
    }
)

# Which relations a provider links to, and since when.
_LINKS = (
    ("inventories", versions.OLDEST),
    ("usages", versions.OLDEST),
    ("aggregates", versions.AGGREGATES),
    ("traits", versions.TRAITS),
    ("allocations", versions.ALLOCATIONS_LINK),
)

_FILTERS = (
    ("name", versions.OLDEST),
    ("uuid", versions.OLDEST),
    ("member_of", versions.PROVIDERS_MEMBER_OF),
    ("resources", versions.PROVIDERS_RESOURCES),
    ("in_tree", versions.TREES),
    ("required", versions.PROVIDERS_REQUIRED),
)


def index(request: Request) -> Reply:
    query = request.query()
    filters.refuse_unknown(query, [key for key, since in _FILTERS if request.has(since)])
    name, uuid = filters.single(query, "name"), filters.uuid(query, "uuid")
    ids = None
    if query.keys() & {"member_of", "resources", "in_tree", "required"}:
        with request.services.searcher.current() as mirror:
            ids = frozenset(matching.providers(mirror, _group(request, query)))
    found = request.services.database.read(
        lambda connection: providers.find(connection, name=name, uuid=uuid, ids=ids)
    )
    changed = max((provider.changed_at for provider in found), default=request.now)
    views = [_view(request, provider) for provider in found]
    return Reply(body={"resource_providers": views}, changed_at=changed)


def create(request: Request) -> Reply:
    body = request.json(_CREATE)
    uuid = body.get("uuid") or str(uuid4())

    def work(connection: Any) -> Provider:
        providers.create(
            connection,
            uuid=uuid,
            name=body["name"],
            parent=body.get("parent_provider_uuid"),
            now=request.now,
        )
        return providers.get(connection, uuid)

    made = request.services.database.write(work)
    headers = {"Location": _path(request, uuid)}
    if not request.has(versions.PROVIDER_BODY_ON_CREATE):
        return Reply(201, headers=headers)
    return Reply(200, _view(request, made), headers, made.changed_at)


def show(request: Request) -> Reply:
    uuid = request.items["uuid"]
    return _shown(
        request, request.services.database.read(lambda connection: providers.get(connection, uuid))
    )


def update(request: Request) -> Reply:
    body = request.json(_UPDATE)
    uuid = request.items["uuid"]

    def work(connection: Any) -> Provider:
        providers.rename(connection, uuid, body["name"], request.now)
        if "parent_provider_uuid" in body:
            providers.move(
                connection,
                uuid,
                body["parent_provider_uuid"],
                request.now,
                freely=request.has(versions.REPARENTING),
            )
        return providers.get(connection, uuid)

    return _shown(request, request.services.database.write(work))


def delete(request: Request) -> Reply:
    uuid = request.items["uuid"]
    request.services.database.write(lambda connection: providers.delete(connection, uuid))
    return Reply(204)


def _shown(request: Request, provider: Provider) -> Reply:
    return Reply(body=_view(request, provider), changed_at=provider.changed_at)


def _group(request: Request, query: filters.Query) -> Group:
    """The filters that are answered by the search."""
    resources = filters.single(query, "resources")
    traits = filters.traits(request, query.get("required", ()))
    membership = filters.membership(request, query.get("member_of", ()))
    return Group(
        resources={} if resources is None else filters.resources(request, resources),
        required=traits.required,
        forbidden=traits.forbidden,
        member_of=membership.member_of,
        forbidden_aggregates=membership.forbidden,
        in_tree=filters.uuid(query, "in_tree"),
    )


def _path(request: Request, uuid: str) -> str:
    return f"{request.prefix}/resource_providers/{uuid}"


def _view(request: Request, provider: Provider) -> Mapping[str, Any]:
    path = _path(request, provider.uuid)
    links = [{"rel": "self", "href": path}]
    links += [{"rel": rel, "href": f"{path}/{rel}"} for rel, since in _LINKS if request.has(since)]
    view: dict[str, Any] = {
        "uuid": provider.uuid,
        "name": provider.name,
        "generation": provider.generation,
        "links": links,
    }
    if request.has(versions.TREES):
        view["parent_provider_uuid"] = provider.parent
        view["root_provider_uuid"] = provider.root
    return view
