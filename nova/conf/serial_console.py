"""Options of the group serial_console."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("serial_console", "Serial consoles"),
    (
        cfg.URIOpt("base_url", default="ws://127.0.0.1:6083/", help="Public serial proxy URL."),
        cfg.BoolOpt("enabled", default=False, help="Enable serial consoles."),
        cfg.StrOpt(
            "port_range",
            default="10000:20000",
            regex=r"^\d+:\d+$",
            help="Host TCP ports for serial consoles.",
        ),
        cfg.StrOpt(
            "proxyclient_address",
            default="127.0.0.1",
            help="Address proxy uses to reach this host.",
        ),
        cfg.StrOpt("serialproxy_host", default="0.0.0.0", help="Proxy listen address."),
        cfg.PortOpt("serialproxy_port", default=6083, help="Proxy listen port."),
    ),
)
