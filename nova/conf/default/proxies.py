"""What the console proxies have in common."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.StrOpt(
            "cert", default="self.pem", help="TLS certificate path used by console proxies."
        ),
        cfg.BoolOpt("daemon", default=False, help="Run console proxy in background."),
        cfg.StrOpt("key", help="TLS private key path for console proxies."),
        cfg.StrOpt("record", help="File template to record proxied console frames."),
        cfg.BoolOpt(
            "source_is_ipv6", default=False, help="Console proxy listens for IPv6 sources."
        ),
        cfg.BoolOpt("ssl_only", default=False, help="Console proxy refuses plain connections."),
        cfg.StrOpt(
            "web",
            default="/usr/share/spice-html5",
            help="Static file directory served by console proxy.",
        ),
    ),
)
