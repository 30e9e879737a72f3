"""What an operator may have put in front of the API: proxies, browsers, limits."""

from collections.abc import Iterable

from oslo_config import cfg
from oslo_middleware import cors, http_proxy_to_wsgi, sizelimit

from nova.api.wsgi import Environ, StartResponse, Wsgi

_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_EXPOSED = [
    "X-Auth-Token", "X-Openstack-Request-Id", "X-Subject-Token", "X-Service-Token",
    "X-OpenStack-Nova-API-Version", "OpenStack-API-Version",
]
_ALLOWED = [
    *_EXPOSED, "X-Identity-Status", "X-Roles", "X-Service-Catalog", "X-User-Id", "X-Tenant-Id",
]


def limited(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Refuses bodies larger than [oslo_middleware]max_request_body_size."""
    limiter: Wsgi = sizelimit.RequestBodySizeLimiter(app, conf)

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        may_be_large = environ["REQUEST_METHOD"] in _METHODS_WITH_BODY
        return (limiter if may_be_large else app)(environ, start_response)

    return answer


def behind_proxy(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Believes the headers of a proxy, if [oslo_middleware] or [wsgi] says so."""
    conf.register_opts(http_proxy_to_wsgi.OPTS, group="oslo_middleware")
    if conf.oslo_middleware.enable_proxy_headers_parsing:
        app = http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)
    header = conf.wsgi.secure_proxy_ssl_header
    return _scheme_from(app, header) if header else app


def _scheme_from(app: Wsgi, key: str) -> Wsgi:
    """`key` is the header as WSGI spells it (HTTP_X_FORWARDED_PROTO)."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = environ.get(key, environ["wsgi.url_scheme"])
        return app(environ, start_response)

    return answer


def with_cors(app: Wsgi, conf: cfg.ConfigOpts) -> Wsgi:
    """Answers browsers of other origins, if [cors]allowed_origin names any."""
    conf.register_opts(cors.CORS_OPTS, group="cors")
    if not conf.cors.allowed_origin:
        return app
    cors.set_defaults(
        allow_headers=_ALLOWED, expose_headers=_EXPOSED,
        allow_methods=["GET", "PUT", "POST", "DELETE", "PATCH"],
    )
    front: Wsgi = cors.CORS(app, conf)
    return front
