"""Options of the group wsgi."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("wsgi", "HTTP servers"),
    (
        cfg.StrOpt(
            "api_paste_config",
            default="api-paste.ini",
            deprecated_opts=[cfg.DeprecatedOpt("api_paste_config", group="DEFAULT")],
            help="Paste deploy file.",
        ),
        cfg.StrOpt(
            "secure_proxy_ssl_header",
            deprecated_opts=[cfg.DeprecatedOpt("secure_proxy_ssl_header", group="DEFAULT")],
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Header revealing original scheme.",
        ),
        cfg.IntOpt(
            "threads",
            default=32,
            min=1,
            help="Requests answered side by side in one API process; more wait.",
        ),
    ),
)
