"""One REST call as its handler sees it, and the declaration of a route.

Handlers know no HTTP machinery: they get a `Call`, return an `Answer` (or just
the body), and raise errors of nova/errors.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from nova.context import RequestContext
from nova.core.links import Link, bookmark_link, links, next_link, self_link
from nova.core.policy import Enforcer, Policy
from nova.core.shape import Shape
from nova.microversions import BASE, Microversion

S = TypeVar("S")


@dataclass
class Call(Generic[S]):
    """What a handler needs.

    `params` are the variable parts of the path, `query` is {name: [values]} as
    validated, `body` the parsed and validated JSON.  `url` is the versioned
    root as the client addressed it (with the project segment when it used
    one), `bookmark` the same without the version, `path` what follows them,
    `endpoint` the versioned root alone.
    `legacy` is set for the /v2 endpoint, whose version is BASE.
    """

    context: RequestContext
    version: Microversion
    seams: S
    policy: Enforcer
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None
    legacy: bool = False
    path: str = ""
    bookmark: str = ""
    endpoint: str = ""

    def has(self, feature: Microversion) -> bool:
        return feature <= self.version

    def enforce(self, policy: Policy, target: Mapping[str, Any] | None = None) -> None:
        """Raise PolicyRefused unless the caller may; the default target is the caller itself."""
        self.policy.enforce(self.context, policy, self._target(target))

    def allows(self, policy: Policy, target: Mapping[str, Any] | None = None) -> bool:
        return self.policy.allows(self.context, policy, self._target(target))

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    def links(self, *path: str) -> list[Link]:
        """Self and bookmark links of what lives at `path`, a segment each."""
        return links(self.url, self.bookmark, *path)

    def self_link(self, *path: str) -> Link:
        return self_link(self.url, *path)

    def bookmark_link(self, *path: str) -> Link:
        return bookmark_link(self.bookmark, *path)

    def next_link(self, marker: str) -> Link:
        """The page of this same list after `marker`."""
        return next_link(self.url, self.path, self.query, marker)

    def _target(self, target: Mapping[str, Any] | None) -> dict[str, Any]:
        own = {"project_id": self.context.project_id, "user_id": self.context.user_id}
        return own if target is None else dict(target)


@dataclass(frozen=True)
class Answer:
    """`status` None means the route's own success code."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call[Any]], Any]


@dataclass(frozen=True)
class Route:
    """One row of the API: method, path and versions, what it takes, who may.

    `path` is in Routes' syntax below the versioned root ('/flavors/{id}').
    `action` is the key of the body for POST .../action routes.  `policy` is
    enforced before the handler with the caller as target; a handler that
    needs another target declares `policies` (for the samples and the
    reference) and enforces them itself.  `more_success` are the codes a handler
    may choose beside `success`; `answer` is the shape of what it answers, for
    routes that nova/api/openapi/answers.json does not know.
    """

    method: str
    path: str
    handler: Handler
    policy: Policy | None = None
    success: int = 200
    body: Shape | None = None
    query: Shape | None = None
    action: str | None = None
    since: Microversion = BASE
    until: Microversion | None = None
    policies: tuple[Policy, ...] = ()
    more_success: tuple[int, ...] = ()
    answer: Shape | None = None

    def exists(self, version: Microversion) -> bool:
        return self.since <= version and (self.until is None or version <= self.until)
