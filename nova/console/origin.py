"""Which pages may open a console: those of this host, and of others that are named.

A browser sends cookies and tokens wherever a page tells it to, but it says truly
whose page that is.  Who sends no Origin is no browser.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlparse

from nova.console.errors import WrongOrigin

_LIKE = {"ws": "http", "wss": "https"}


def check(
    headers: Mapping[str, str], access_url: str | None, allowed: Collection[str]
) -> None:
    """WrongOrigin unless the page is from the host that was asked, or an allowed one, and came
    as `access_url` (where the user was sent to) would."""
    said = headers.get("Origin")
    if said is None:
        return
    origin = urlparse(said)
    scheme = headers.get("X-Forwarded-Proto") or origin.scheme
    if not origin.hostname or not scheme:
        raise WrongOrigin(reason="Origin header not valid.")
    if origin.hostname not in {hostname(headers.get("Host", "")), *allowed}:
        raise WrongOrigin(reason="Origin header does not match this host.")
    if not access_url:
        raise WrongOrigin(reason="Origin header protocol cannot be checked.")
    expected = urlparse(access_url).scheme
    if scheme not in (expected, _LIKE.get(expected)):
        raise WrongOrigin(reason="Origin header protocol does not match this host.")


def hostname(host: str) -> str | None:
    """Without the port, which may follow an IPv6 address in brackets."""
    return urlparse(f"//{host}").hostname
