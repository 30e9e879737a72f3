"""Sessions and credentials of this service, as an operator configured them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from keystoneauth1 import loading
from keystoneauth1.session import Session, TCPKeepAliveAdapter
from oslo_config import cfg

from nova.clients.catalog import Wanted, find_url
from nova.context import RequestContext

# Waiting without end would hold a worker for ever.
DEFAULT_TIMEOUT = 60.0
# Connections kept per service: as many as worker threads that may call at once.
POOL_SIZE = 64
# Groups without credentials of their own borrow the first of these that has some.
BORROWED = ("service_user", "keystone_authtoken", "keystone")

TransportFactory = Callable[[], requests.Session]


def pooled_transport() -> requests.Session:
    """A transport with kept connections.

    Proxies are read from the environment once: doing it per call is a third of
    the price of a call.
    """
    transport = requests.Session()
    for scheme in ("http://", "https://"):
        adapter = TCPKeepAliveAdapter(pool_connections=4, pool_maxsize=POOL_SIZE)
        transport.mount(scheme, adapter)
    return transport


def _settle_environment(transport: requests.Session, url: str, verify: Any) -> Any:
    """Fix proxies (and the CA bundle) that the environment says for `url`."""
    if not transport.trust_env:
        return verify
    settings = transport.merge_environment_settings(url, {}, None, verify, None)
    transport.proxies = dict(settings["proxies"])
    transport.trust_env = False
    return settings["verify"]


@dataclass(frozen=True)
class ServiceOptions:
    """How to reach one service; `version_path` is put behind an endpoint that
    does not end in a version already ("" for services without)."""

    wanted: Wanted
    endpoint_override: str | None
    version_path: str

    @classmethod
    def of(cls, conf: cfg.ConfigOpts, group: str, version_path: str) -> "ServiceOptions":
        options = conf[group]
        wanted = Wanted(
            service_type=options.service_type,
            service_name=options.service_name,
            interfaces=tuple(options.valid_interfaces or ("internal", "public")),
            region=options.region_name,
        )
        return cls(wanted, options.endpoint_override, version_path)

    def versioned(self, url: str) -> str:
        url = url.rstrip("/")
        if not self.version_path or re.search(r"/v\d[\d.]*$", url):
            return url
        return url + self.version_path


class Login:
    """Who we are to one service, and where it is.

    Safe to share between threads; sessions keep their connections.
    """

    def __init__(
        self,
        options: ServiceOptions,
        session: Session,
        credentials: Any | None,
        service_user: Any | None = None,
    ) -> None:
        self.session = session
        self.credentials = credentials
        self._options = options
        self._service_user = service_user
        self._endpoint: str | None = None

    def endpoint(self, context: RequestContext | None) -> str | None:
        """The URL to put paths behind; found once.  None: no catalogue has it."""
        if self._endpoint is None:
            found = self._find(context)
            if found is None:
                return None
            url = self._options.versioned(found)
            self.session.verify = _settle_environment(
                self.session.session, url, self.session.verify
            )
            self._endpoint = url
        return self._endpoint

    def user_headers(self, token: str) -> dict[str, str]:
        """Headers that speak for a user, vouched for by us when configured."""
        headers = {"X-Auth-Token": token}
        if self._service_user is not None:
            headers["X-Service-Token"] = self._service_user.get_token(self.session) or ""
        return headers

    def _find(self, context: RequestContext | None) -> str | None:
        if self._options.endpoint_override:
            return self._options.endpoint_override
        wanted = self._options.wanted
        if self.credentials is not None:
            return self.credentials.get_endpoint(
                self.session,
                service_type=wanted.service_type,
                service_name=wanted.service_name,
                interface=list(wanted.interfaces),
                region_name=wanted.region,
            )
        return find_url(context.service_catalog, wanted) if context else None


def _credentials(conf: cfg.ConfigOpts, group: str) -> Any | None:
    loading.register_auth_conf_options(conf, group)
    return loading.load_auth_from_conf_options(conf, group)


def load_credentials(conf: cfg.ConfigOpts, group: str, borrow: bool = False) -> Any | None:
    """The auth plugin of a group, or of the first group it may borrow from."""
    for name in (group, *(BORROWED if borrow else ())):
        if name == group or name in conf:
            found = _credentials(conf, name)
            if found is not None:
                return found
    return None


def service_user(conf: cfg.ConfigOpts) -> Any | None:
    """Who vouches for users' tokens; None when the operator did not ask for it."""
    if not conf.service_user.send_service_user_token:
        return None
    return _credentials(conf, "service_user")


def load_session(
    conf: cfg.ConfigOpts, group: str, transport: TransportFactory = pooled_transport
) -> Session:
    options = conf[group]
    plain = not (options.tls_ciphers or options.tls_min_version)
    chosen: Mapping[str, Any] = {"session": transport()} if plain else {}
    session = loading.load_session_from_conf_options(conf, group, **chosen)
    session.timeout = session.timeout or DEFAULT_TIMEOUT
    return session


def load_login(
    conf: cfg.ConfigOpts,
    group: str,
    version_path: str,
    *,
    borrow: bool = False,
    transport: TransportFactory = pooled_transport,
) -> Login:
    """Everything needed to speak to the service of a configuration group."""
    return Login(
        ServiceOptions.of(conf, group, version_path),
        load_session(conf, group, transport),
        load_credentials(conf, group, borrow),
        service_user(conf),
    )
