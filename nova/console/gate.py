"""Who is let in, and where to: tokens are looked up in this proxy's own cell."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlparse

from oslo_config import cfg

from nova.console import origin
from nova.console.errors import NotAdmitted
from nova.context import admin_context
from nova.core.clock import Clock
from nova.objects.console import ConsoleToken
from nova.objects.store.cell import CellStore
from nova.rpc.calls import HostCalls
from nova.servers.console.lookup import still_there

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admission:
    """`until`, on the monotonic clock, is when the session ends; None: when its user wants."""

    token: ConsoleToken
    until: float | None = None


class Gate:
    """`types` are the kinds of console that this proxy shows."""

    def __init__(
        self, conf: cfg.ConfigOpts, clock: Clock, cell: CellStore, hosts: HostCalls,
        types: tuple[str, ...],
    ) -> None:
        self._conf = conf
        self._clock = clock
        self._cell = cell
        self._hosts = hosts
        self._types = types

    def admit(self, path: str, headers: Mapping[str, str]) -> Admission:
        """Raises NotAdmitted, WrongOrigin."""
        secret = token_of(path, headers)
        token = self._cell.consoles.find(secret) if secret else None
        if token is None or token.console_type not in self._types:
            raise NotAdmitted
        origin.check(headers, token.access_url_base, self._conf.console.allowed_origins)
        if not still_there(admin_context(), self._hosts, self._cell, token):
            LOG.info("The console of %s is not where a token says", token.instance_uuid)
            raise NotAdmitted
        return Admission(token, self._until(token))

    def _until(self, token: ConsoleToken) -> float | None:
        if not self._conf.consoleauth.enforce_session_timeout:
            return None
        left = token.expires - self._clock.now().timestamp()
        return self._clock.monotonic() + left


def token_of(path: str, headers: Mapping[str, str]) -> str:
    """Of the query, else of a cookie; "" when there is none."""
    asked = parse_qs(urlparse(path).query).get("token", [""])[-1]
    return asked or _of_cookie(headers.get("Cookie", ""))


def _of_cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get("token")
    except CookieError:
        return ""
    return found.value if found is not None else ""
