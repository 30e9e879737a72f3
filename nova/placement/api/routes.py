"""Every path, its methods, and the version and rule of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nova.placement import versions
from nova.placement.api.handlers import (
    aggregates,
    allocations,
    candidates,
    classes,
    inventories,
    providers,
    reshaper,
    traits,
    usages,
)
from nova.placement.api.request import Reply, Request

Handler = Callable[[Request], Reply]


def _nothing(_request: Request) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`hidden` is the status given below the version `since`."""

    handler: Handler
    rule: str
    since: int = versions.OLDEST
    hidden: int = 404
    target: Callable[[Request], Mapping[str, Any]] = _nothing


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    methods: Mapping[str, Endpoint]


@dataclass(frozen=True, slots=True)
class Found:
    route: Route
    items: Mapping[str, str] = field(default_factory=dict)


_RP = "placement:resource_providers"
_RC = "placement:resource_classes"
_AL = "placement:allocations"
_TR = "placement:traits"

ROUTES = (
    Route(
        "/resource_classes",
        {
            "GET": Endpoint(classes.index, f"{_RC}:list", versions.CUSTOM_CLASSES),
            "POST": Endpoint(classes.create, f"{_RC}:create", versions.CUSTOM_CLASSES),
        },
    ),
    Route(
        "/resource_classes/{name}",
        {
            "GET": Endpoint(classes.show, f"{_RC}:show", versions.CUSTOM_CLASSES),
            "PUT": Endpoint(classes.update, f"{_RC}:update", versions.CUSTOM_CLASSES),
            "DELETE": Endpoint(classes.delete, f"{_RC}:delete", versions.CUSTOM_CLASSES),
        },
    ),
    Route(
        "/resource_providers",
        {
            "GET": Endpoint(providers.index, f"{_RP}:list"),
            "POST": Endpoint(providers.create, f"{_RP}:create"),
        },
    ),
    Route(
        "/resource_providers/{uuid}",
        {
            "GET": Endpoint(providers.show, f"{_RP}:show"),
            "PUT": Endpoint(providers.update, f"{_RP}:update"),
            "DELETE": Endpoint(providers.delete, f"{_RP}:delete"),
        },
    ),
    Route(
        "/resource_providers/{uuid}/inventories",
        {
            "GET": Endpoint(inventories.index, f"{_RP}:inventories:list"),
            "POST": Endpoint(inventories.create, f"{_RP}:inventories:create"),
            "PUT": Endpoint(inventories.replace, f"{_RP}:inventories:update"),
            "DELETE": Endpoint(
                inventories.clear,
                f"{_RP}:inventories:delete",
                versions.DELETE_INVENTORIES,
                hidden=405,
            ),
        },
    ),
    Route(
        "/resource_providers/{uuid}/inventories/{resource_class}",
        {
            "GET": Endpoint(inventories.show, f"{_RP}:inventories:show"),
            "PUT": Endpoint(inventories.update, f"{_RP}:inventories:update"),
            "DELETE": Endpoint(inventories.delete, f"{_RP}:inventories:delete"),
        },
    ),
    Route(
        "/resource_providers/{uuid}/usages",
        {"GET": Endpoint(usages.of_provider, f"{_RP}:usages")},
    ),
    Route(
        "/resource_providers/{uuid}/aggregates",
        {
            "GET": Endpoint(aggregates.index, f"{_RP}:aggregates:list", versions.AGGREGATES),
            "PUT": Endpoint(aggregates.replace, f"{_RP}:aggregates:update", versions.AGGREGATES),
        },
    ),
    Route(
        "/resource_providers/{uuid}/allocations",
        {"GET": Endpoint(allocations.of_provider, f"{_RP}:allocations:list")},
    ),
    Route(
        "/resource_providers/{uuid}/traits",
        {
            "GET": Endpoint(traits.of_provider, f"{_RP}:traits:list", versions.TRAITS),
            "PUT": Endpoint(traits.replace, f"{_RP}:traits:update", versions.TRAITS),
            "DELETE": Endpoint(traits.clear, f"{_RP}:traits:delete", versions.TRAITS),
        },
    ),
    Route("/traits", {"GET": Endpoint(traits.index, f"{_TR}:list", versions.TRAITS)}),
    Route(
        "/traits/{name}",
        {
            "GET": Endpoint(traits.show, f"{_TR}:show", versions.TRAITS),
            "PUT": Endpoint(traits.update, f"{_TR}:update", versions.TRAITS),
            "DELETE": Endpoint(traits.delete, f"{_TR}:delete", versions.TRAITS),
        },
    ),
    Route(
        "/allocations",
        {"POST": Endpoint(allocations.manage, f"{_AL}:manage", versions.MANY_CONSUMERS)},
    ),
    Route(
        "/allocations/{consumer_uuid}",
        {
            "GET": Endpoint(allocations.of_consumer, f"{_AL}:list"),
            "PUT": Endpoint(allocations.replace, f"{_AL}:update"),
            "DELETE": Endpoint(allocations.delete, f"{_AL}:delete"),
        },
    ),
    Route(
        "/allocation_candidates",
        {
            "GET": Endpoint(
                candidates.index, "placement:allocation_candidates:list", versions.CANDIDATES
            )
        },
    ),
    Route(
        "/usages",
        {
            "GET": Endpoint(
                usages.totals, "placement:usages", versions.TOTAL_USAGES, target=usages.project
            )
        },
    ),
    Route(
        "/reshaper",
        {"POST": Endpoint(reshaper.reshape, "placement:reshaper:reshape", versions.RESHAPER)},
    ),
)


class Table:
    """Finds the route of a path by its fixed segments."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._routes = {_fixed(route.path.split("/")[1:]): route for route in routes}

    def find(self, path: str) -> Found | None:
        segments = path.split("/")[1:]
        route = self._routes.get(_fixed(segments))
        if route is None or not all(segments):
            return None
        names = route.path.split("/")[1:]
        items = {
            name[1:-1]: value
            for name, value in zip(names, segments, strict=True)
            if name.startswith("{")
        }
        return Found(route, items)


def _fixed(segments: list[str]) -> tuple[str | int, ...]:
    """Every second segment is a name of ours, the others are the client's."""
    return (len(segments), *segments[::2])
