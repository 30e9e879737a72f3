"""From method and path to the declarations that may answer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routes import Mapper

from nova.core.call import Route

_PROJECT = re.compile(r"^/([0-9a-f-]+)(/.*)?$")


@dataclass
class Resource:
    """All routes of one path and method; `actions` are told apart by the body's only key.

    `gone` resources and actions were retired and say so at every version.
    """

    path: str
    routes: list[Route] = field(default_factory=list)
    actions: dict[str, list[Route]] = field(default_factory=dict)
    gone: bool = False
    gone_actions: set[str] = field(default_factory=set)

    @property
    def takes_action(self) -> bool:
        return bool(self.actions or self.gone_actions)


@dataclass(frozen=True)
class Match:
    resource: Resource
    params: Mapping[str, str]


def split_project(path: str) -> tuple[str | None, str]:
    """The leading project id, if there is one, and the rest of the path.

    A project id is hex digits and hyphens, which no name of a collection is.
    """
    found = _PROJECT.match(path)
    if found is None:
        return None, path
    return found.group(1), found.group(2) or ""


class Router:
    """`retired` rows are (method, path, action or None)."""

    def __init__(
        self, routes: Iterable[Route], retired: Iterable[tuple[str, str, str | None]] = ()
    ) -> None:
        self._paths: dict[str, dict[str, Resource]] = {}
        for route in routes:
            self._add(route)
        for method, path, action in retired:
            self._retire(method, path, action)
        self._mapper = _mapper(self._paths)

    def match(self, method: str, path: str) -> Match | None:
        """`path` is below the version and the project."""
        found = self._mapper.match(path, environ={"REQUEST_METHOD": method})
        if found is None:
            return None
        return Match(self._paths[found.pop("controller")][method], found)

    def _resource(self, method: str, path: str) -> Resource:
        return self._paths.setdefault(path, {}).setdefault(method, Resource(path))

    def _add(self, route: Route) -> None:
        resource = self._resource(route.method, route.path)
        if route.action is None:
            resource.routes.append(route)
        else:
            resource.actions.setdefault(route.action, []).append(route)

    def _retire(self, method: str, path: str, action: str | None) -> None:
        resource = self._resource(method, path)
        if action is None:
            resource.gone = not resource.routes
        else:
            resource.gone_actions.add(action)


def _mapper(paths: Mapping[str, Iterable[str]]) -> Mapper:
    """Fixed segments win over variable ones, so the order of declaration does not matter."""
    mapper = Mapper(controller_scan=None, explicit=True, register=False)
    mapper.minimization = False
    for path in sorted(paths, key=_specificity):
        mapper.connect(None, path, controller=path, conditions={"method": list(paths[path])})
    mapper.create_regs([])
    return mapper


def _specificity(path: str) -> list[tuple[bool, str]]:
    return [(segment.startswith("{"), segment) for segment in path.split("/")]
