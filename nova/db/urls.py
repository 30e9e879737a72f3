"""Database and transport URLs: what operators write, and cell templates.

A cell mapping may hold `{scheme}://{username}:{password}@{hostname}:{port}/{path}`
instead of an address: the gaps are filled from the process's own configuration.
"""

from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

import sqlalchemy as sa
from sqlalchemy import exc

from nova.errors import ConfigurationFailure

# The drivers that are meant when none is named: (module, driver), the first that is there.
_DRIVERS = {
    "postgresql": [("psycopg2", "postgresql+psycopg2")],
    "mysql": [("MySQLdb", "mysql+mysqldb"), ("pymysql", "mysql+pymysql")],
}


def database_url(text: str | None, option: str, parameters: str = "") -> sa.URL:
    """The URL of `option` ('[database]connection'), with connection parameters added.

    ConfigurationFailure when it is missing, or no URL.
    """
    if not text:
        raise ConfigurationFailure(reason=f"{option} is not set: it must name a database.")
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError):
        raise ConfigurationFailure(reason=f"{option} is not a database URL.") from None
    url = url.set(drivername=_driver(url.drivername))
    return url.update_query_string(parameters) if parameters else url


def _driver(name: str) -> str:
    choices = _DRIVERS.get(name, [])
    return next((driver for module, driver in choices if find_spec(module)), name)


def is_memory(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def expand(template: str, base: str | None) -> str:
    """`template` with its gaps filled from `base`; unchanged when it has none.

    ConfigurationFailure for a gap that `base` cannot fill.
    """
    if "{" not in template or not base:
        return template
    try:
        return template.format(**_parts(base))
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigurationFailure(
            reason=f"The URL template of a cell mapping has a gap nothing fills: {error}."
        ) from None


def _parts(base: str) -> dict[str, str]:
    split = urlsplit(base)
    known = {
        "scheme": split.scheme,
        "path": split.path.removeprefix("/"),
        "query": split.query,
        "fragment": split.fragment,
        "params": "",
    }
    for number, login in enumerate(_logins(split), start=1):
        if number == 1:
            known.update(login)
        known.update({f"{name}{number}": value for name, value in login.items()})
    return known


def _logins(split: SplitResult) -> list[dict[str, str]]:
    return [_login(part) for part in split.netloc.split(",")]


def _login(netloc: str) -> dict[str, str]:
    user, _, place = netloc.rpartition("@")
    username, _, password = user.partition(":")
    hostname, _, port = place.rpartition(":") if _has_port(place) else (place, "", "")
    return {"username": username, "password": password, "hostname": hostname, "port": port}


def _has_port(place: str) -> bool:
    return ":" in place and not place.endswith("]")


def masked(url: str) -> str:
    """The URL with its password hidden."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except (exc.ArgumentError, ValueError):
        return url
