"""The whole HTTP host, put together.

    request ids > proxy > CORS > measures > front door
        > documents of versions, health, metrics        (anybody)
        > size limit > identity > dispatcher > handler  (/v2.1 and /v2)

An operator's own filters stand on either side of identity: nova/api/paste.py.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import webob
from oslo_config import cfg
from prometheus_client import CollectorRegistry

from nova.api.dispatch import Dispatcher
from nova.api.documents import ENDPOINTS, LEGACY_ENDPOINT, choices, version_document, version_list
from nova.api.fronts import behind_proxy, limited, with_cors
from nova.api.health import Check, health, healthcheck, store_checks
from nova.api.measures import Measures
from nova.api.openapi.serving import PATH as OPENAPI
from nova.api.openapi.serving import openapi_page
from nova.api.paste import COMPUTE, added_filters, wrapped
from nova.api.policies import PolicyEnforcer
from nova.api.request_ids import with_request_ids
from nova.api.retired import RETIRED
from nova.api.router import Router
from nova.api.wsgi import MOUNT, Environ, StartResponse, Wrap, Wsgi
from nova.core.call import Route
from nova.core.clock import Clock
from nova.core.links import with_prefix
from nova.objects.store import Stores


class HostSeams(Protocol):
    """What this host itself needs of the seams; handlers may need more."""

    @property
    def clock(self) -> Clock: ...
    @property
    def stores(self) -> Stores: ...


def build_app(
    conf: cfg.ConfigOpts,
    seams: HostSeams,
    routes: Iterable[Route],
    *,
    auth: Wrap,
    checks: Mapping[str, Check] | None = None,
    registry: CollectorRegistry | None = None,
) -> Wsgi:
    """The WSGI application of nova-api.

    `auth` puts the identity layer in front (nova.api.identity).  `checks` are
    further things /healthz looks at, by name; `registry` what /metrics shows.
    """
    declared = tuple(routes)
    router = Router(declared, RETIRED)
    policy = PolicyEnforcer(conf, declared, seams.clock.monotonic)
    dispatchers = {
        endpoint.mount: Dispatcher(
            conf, seams, router, policy, legacy=endpoint is LEGACY_ENDPOINT
        )
        for endpoint in ENDPOINTS
    }
    added = added_filters(conf, COMPUTE)
    identified = auth(wrapped(_by_mount(dispatchers), added.behind))
    api = limited(wrapped(identified, added.before), conf)
    measures = Measures(registry or CollectorRegistry(), seams.clock.monotonic)
    pages: dict[str, Wsgi] = {
        "/healthcheck": healthcheck(conf),
        "/healthz": health({**store_checks(seams), **(checks or {})}),
        "/metrics": measures.page,
        OPENAPI: openapi_page(declared, RETIRED),
    }
    door = FrontDoor(api, pages, conf.api.compute_link_prefix)
    return with_request_ids(behind_proxy(with_cors(measures.around(door), conf), conf))


def _by_mount(dispatchers: Mapping[str, Wsgi]) -> Wsgi:
    """All versions behind one identity layer, so that a token is validated once for all."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return dispatchers[environ[MOUNT]](environ, start_response)

    return answer


class FrontDoor:
    """Sends a request to a version of the API, or answers what needs no identity."""

    def __init__(
        self, api: Wsgi, pages: Mapping[str, Wsgi], prefix: str | None
    ) -> None:
        self._api = api
        self._pages = pages
        self._prefix = prefix
        self._documents = {f"/{endpoint.mount}": endpoint for endpoint in ENDPOINTS}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        mount, slash, rest = path[1:].partition("/")
        if slash and f"/{mount}" in self._documents:
            environ[MOUNT] = mount
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{mount}"
            environ["PATH_INFO"] = f"/{rest}"
            return self._api(environ, start_response)
        page = self._pages.get(path)
        if page is not None:
            return page(environ, start_response)
        return self._document(environ, path, start_response)

    def _document(
        self, environ: Environ, path: str, start_response: StartResponse
    ) -> Iterable[bytes]:
        root = with_prefix(webob.Request(environ).application_url, self._prefix)
        if path in ("", "/"):
            return _send(start_response, "200 OK", version_list(root))
        if path in self._documents:
            return _send(start_response, "200 OK", version_document(self._documents[path], root))
        return _send(start_response, "300 Multiple Choices", choices(root, path))


def _send(start_response: StartResponse, status: str, document: Any) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
