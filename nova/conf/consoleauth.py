"""Options of the group consoleauth."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("consoleauth", "Console tokens"),
    (
        cfg.BoolOpt(
            "enforce_session_timeout", default=False, help="Close sessions when token expires."
        ),
        cfg.IntOpt(
            "token_ttl",
            default=600,
            min=0,
            deprecated_opts=[cfg.DeprecatedOpt("console_token_ttl", group="DEFAULT")],
            help="Console token lifetime seconds.",
        ),
    ),
)
