"""Options of the group console."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("console", "Console proxies: TLS and origins"),
    (
        cfg.ListOpt(
            "allowed_origins",
            default=[],
            deprecated_opts=[cfg.DeprecatedOpt("console_allowed_origins", group="DEFAULT")],
            help="Extra origins accepted by websocket proxy.",
        ),
        cfg.StrOpt("ssl_ciphers", help="TLS cipher preference for proxies."),
        cfg.StrOpt(
            "ssl_minimum_version",
            default="default",
            choices=["default", "tlsv1_1", "tlsv1_2", "tlsv1_3"],
            help="Lowest TLS version for proxies.",
        ),
    ),
)
