"""The options of placement, and how its configuration file is read."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keystoneauth1 import loading as keystone_loading
from keystonemiddleware import auth_token
from oslo_config import cfg
from oslo_log import log
from oslo_middleware import cors
from oslo_policy import opts as policy_opts

from nova.placement import errors

LOG = logging.getLogger(__name__)

_NOBODY = "00000000-0000-0000-0000-000000000000"

_API = (
    cfg.StrOpt(
        "auth_strategy",
        default="keystone",
        choices=[
            ("keystone", "Identity decides who asks."),
            ("noauth2", "Whatever a request says of itself is believed; for tests only."),
        ],
        help="How requests are authenticated.",
    ),
)

_PLACEMENT = (
    cfg.BoolOpt(
        "randomize_allocation_candidates",
        default=False,
        help="Give allocation candidates in random order, so that a limit cuts fairly.",
    ),
    cfg.StrOpt(
        "incomplete_consumer_project_id",
        default=_NOBODY,
        help="Project of consumers whose allocations were written without one.",
    ),
    cfg.StrOpt(
        "incomplete_consumer_user_id",
        default=_NOBODY,
        help="User of consumers whose allocations were written without one.",
    ),
    cfg.IntOpt(
        "allocation_conflict_retry_count",
        default=10,
        min=1,
        help="How often a write that lost a race in the database is tried in all.",
    ),
    cfg.IntOpt(
        "max_allocation_candidates",
        default=-1,
        min=-1,
        help="The most allocation candidates made for one request; -1 sets no such limit.",
    ),
    cfg.StrOpt(
        "allocation_candidates_generation_strategy",
        default="depth-first",
        choices=[
            ("depth-first", "All candidates of one tree, then those of the next."),
            ("breadth-first", "One candidate of each tree in turn."),
        ],
        help="Which candidates are made first when there is a limit.",
    ),
)

_DATABASE = (
    cfg.StrOpt("connection", secret=True, help="SQLAlchemy URL of the placement database."),
    cfg.StrOpt(
        "slave_connection",
        secret=True,
        help="Accepted for existing files. Placement needs the newest state for every answer, "
        "so it reads from `connection` too.",
    ),
    cfg.BoolOpt(
        "sync_on_startup",
        default=False,
        help="Bring the schema up to date before serving.",
    ),
    cfg.BoolOpt("sqlite_synchronous", default=True, help="Let SQLite wait for the disk."),
    cfg.StrOpt(
        "mysql_sql_mode", default="TRADITIONAL", help="sql_mode of MySQL and MariaDB sessions."
    ),
    cfg.IntOpt(
        "connection_recycle_time",
        default=3600,
        help="Seconds after which a pooled connection is replaced.",
    ),
    cfg.IntOpt("max_pool_size", default=5, help="Connections kept open."),
    cfg.IntOpt("max_overflow", default=50, help="Connections beyond max_pool_size."),
    cfg.IntOpt("pool_timeout", default=30, help="Seconds to wait for a free connection."),
    cfg.IntOpt(
        "max_retries", default=10, help="Tries to reach the database at start; -1: for ever."
    ),
    cfg.IntOpt("retry_interval", default=10, help="Seconds between those tries."),
    cfg.IntOpt(
        "connection_debug", default=0, min=0, max=100, help="Above 50, SQL statements are logged."
    ),
    cfg.BoolOpt(
        "connection_trace",
        default=False,
        help="Accepted for existing files; statements carry no stack traces.",
    ),
)

_GROUPS: tuple[tuple[str, Sequence[cfg.Opt]], ...] = (
    ("api", _API),
    ("placement", _PLACEMENT),
    ("placement_database", _DATABASE),
)


def new_config() -> cfg.ConfigOpts:
    """Options with their defaults; nothing is read yet."""
    conf = cfg.ConfigOpts()
    for group, options in _GROUPS:
        conf.register_opts(options, group=group)
    policy_opts.set_defaults(conf, policy_file="policy.yaml")
    for group, options in auth_token.list_opts():
        conf.register_opts(options, group=group)
    conf.register_opts(cors.CORS_OPTS, group="cors")
    log.register_options(conf)
    levels = [*log.get_default_log_levels(), "alembic=WARNING"]
    conf.set_default("default_log_levels", levels)
    return conf


def read(
    conf: cfg.ConfigOpts, arguments: Sequence[str], files: Sequence[str] | None = None
) -> None:
    """Parse `arguments` and the configuration files.

    Raises `errors.CannotStart` for a file that is not there, an option nobody
    knows, or a value that is no value of its option.
    """
    try:
        conf(
            list(arguments),
            project="placement",
            prog="nova-placement",
            default_config_files=None if files is None else list(files),
        )
        _register_identity_plugin(conf)
        _refuse_unknown(conf)
        _refuse_bad_values(conf)
    except (cfg.Error, ValueError) as error:
        raise errors.CannotStart(message=f"Cannot use the configuration: {error}") from error


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """For oslo-config-generator."""
    return [(group, list(options)) for group, options in _GROUPS]


def _register_identity_plugin(conf: cfg.ConfigOpts) -> None:
    """The options of the auth plugin that [keystone_authtoken] names."""
    group = "keystone_authtoken"
    keystone_loading.register_auth_conf_options(conf, group)
    section = conf[group].auth_section or group
    keystone_loading.register_auth_conf_options(conf, section)
    name = conf[section].auth_type
    if name:
        for option in keystone_loading.get_auth_plugin_conf_options(name):
            conf.register_opt(option, group=section)


def _refuse_unknown(conf: cfg.ConfigOpts) -> None:
    for path in conf.config_file or ():
        sections: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(str(path), sections).parse()
        for section, options in sections.items():
            known = _names(conf, section)
            for name in options:
                if name.replace("-", "_") not in known:
                    raise ValueError(f"unknown option [{section}]{name} in {Path(path).name}")


def _names(conf: cfg.ConfigOpts, section: str) -> set[str]:
    """Every name an option of `section` may be written with."""
    options: list[cfg.Opt] = [entry["opt"] for entry in _registered(conf, section).values()]
    names = {option.dest for option in options}
    everywhere = [
        (group, entry["opt"])
        for group in ["DEFAULT", *conf._groups]
        for entry in _registered(conf, group).values()
    ]
    for group, option in everywhere:
        for old in option.deprecated_opts:
            if (old.group or group) == section:
                names.add((old.name or option.name).replace("-", "_"))
    return names


def _registered(conf: cfg.ConfigOpts, section: str) -> dict[str, Any]:
    if section == "DEFAULT":
        return dict(conf._opts)
    group = conf._groups.get(section)
    return dict(group._opts) if group is not None else {}


def _refuse_bad_values(conf: cfg.ConfigOpts) -> None:
    """Values are checked when first read: read them all now."""
    for group, options in _GROUPS:
        for option in options:
            getattr(conf[group], option.dest)


def database_url(conf: cfg.ConfigOpts) -> str:
    """Raises `errors.CannotStart` when there is none."""
    url = conf.placement_database.connection
    if not url:
        raise errors.CannotStart(message="[placement_database]connection is not set")
    return str(url)


def groups() -> Iterable[str]:
    return (group for group, _ in _GROUPS)
