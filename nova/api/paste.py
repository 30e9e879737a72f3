"""Filters of an operator's own, from the file that [wsgi]api_paste_config names.

What such a file usually lists is built in here and needs no file; it is passed over.  Any
other filter of the pipeline is put where it stands there: in front of identity, or behind it,
where it finds the headers of a validated token.
"""

import logging
from collections.abc import Sequence
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from oslo_config import cfg
from paste.deploy import loadwsgi

from nova.api.wsgi import Wrap, Wsgi
from nova.errors import ConfigurationFailure

LOG = logging.getLogger(__name__)
USUAL = "api-paste.ini"
COMPUTE, METADATA = "openstack_compute_api_v21", "meta"
_IDENTITY = (
    "keystonemiddleware.auth_token", "egg:keystonemiddleware#auth_token", "nova.api.openstack.auth",
)  # fmt: skip
# Beginnings of factories whose work is done here without them.
_OURS = (
    *_IDENTITY, "nova.", "osprofiler.",
    *(f"oslo_middleware{each}" for each in (
        ".cors", ".http_proxy_to_wsgi", ".sizelimit", ".request_id",
        ":CORS", ":HTTPProxyToWSGI", ":RequestBodySizeLimiter", ":RequestId",
    )),
    *(f"egg:oslo.middleware#{each}" for each in (
        "cors", "http_proxy_to_wsgi", "sizelimit", "request_id",
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Added:
    """Filters, the outermost first."""

    before: tuple[Wrap, ...] = ()
    behind: tuple[Wrap, ...] = ()


def wrapped(app: Wsgi, filters: Sequence[Wrap]) -> Wsgi:
    for each in reversed(filters):
        app = each(app)
    return app


def added_filters(conf: cfg.ConfigOpts, pipeline: str) -> Added:
    """Those of a pipeline of the file; ConfigurationFailure for a file that cannot be followed.
    Without a file there are none."""
    path = _file(conf)
    if path is None:
        return Added()
    try:
        return _read(conf, path, pipeline)
    except (Error, OSError, ImportError, LookupError, AttributeError, TypeError) as error:
        raise ConfigurationFailure(reason=f"[wsgi]api_paste_config {path}: {error}") from error


def _file(conf: cfg.ConfigOpts) -> Path | None:
    name = conf.wsgi.api_paste_config
    found = name if Path(name).is_absolute() else conf.find_file(name)
    if found and Path(found).is_file():
        return Path(found).resolve()
    if name == USUAL:
        return None
    raise ConfigurationFailure(reason=f"[wsgi]api_paste_config: there is no file {name}")


def _read(conf: cfg.ConfigOpts, path: Path, pipeline: str) -> Added:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.read_string(path.read_text(), str(path))
    sorted_in: tuple[list[Wrap], list[Wrap]] = ([], [])
    behind = False
    for name in _names(parser, pipeline, conf.api.auth_strategy):
        factory = _factory(parser, name)
        behind = behind or factory.startswith(_IDENTITY)
        if not factory.startswith(_OURS):
            LOG.info("Filter %s of %s is put %s identity", name, path,
                     "behind" if behind else "before")
            sorted_in[behind].append(_filter(conf, path, name))
    return Added(tuple(sorted_in[False]), tuple(sorted_in[True]))


def _names(parser: ConfigParser, pipeline: str, strategy: str) -> list[str]:
    """Filters as the file orders them, without the application at the end."""
    for section, key in ((f"composite:{pipeline}", strategy), (f"pipeline:{pipeline}", "pipeline")):
        if parser.has_option(section, key):
            return parser.get(section, key).split()[:-1]
    return []


def _factory(parser: ConfigParser, name: str) -> str:
    section = parser[f"filter:{name}"]
    return section.get("paste.filter_factory") or section.get("use") or ""


def _filter(conf: cfg.ConfigOpts, path: Path, name: str) -> Wrap:
    context = loadwsgi.loadcontext(loadwsgi.FILTER, f"config:{path}", name)
    # For those of OpenStack's libraries: they would read a configuration of their own.
    context.global_conf["oslo_config_config"] = conf
    made: Wrap = context.create()
    return made
