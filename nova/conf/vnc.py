"""Options of the group vnc."""

from oslo_config import cfg, types

from nova.conf.section import Group, Section

SECTION = Section(
    Group("vnc", "VNC consoles"),
    (
        cfg.ListOpt(
            "auth_schemes",
            default=["none"],
            item_type=types.String(choices=["none", "vencrypt"]),
            help="RFB security types allowed proxy to compute.",
        ),
        cfg.BoolOpt(
            "enabled",
            default=True,
            deprecated_opts=[cfg.DeprecatedOpt("vnc_enabled", group="DEFAULT")],
            help="Enable VNC consoles.",
        ),
        cfg.URIOpt(
            "novncproxy_base_url",
            default="http://127.0.0.1:6080/vnc_auto.html",
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_base_url", group="DEFAULT")],
            help="Public noVNC URL.",
        ),
        cfg.StrOpt(
            "novncproxy_host",
            default="0.0.0.0",
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_host", group="DEFAULT")],
            help="Proxy listen address.",
        ),
        cfg.PortOpt(
            "novncproxy_port",
            default=6080,
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_port", group="DEFAULT")],
            help="Proxy listen port.",
        ),
        cfg.HostAddressOpt("server_listen", default="127.0.0.1", help="Guest VNC listen address."),
        cfg.HostAddressOpt(
            "server_proxyclient_address",
            default="127.0.0.1",
            help="Address proxy uses to reach VNC server.",
        ),
        cfg.StrOpt("vencrypt_ca_certs", help="CA for VeNCrypt."),
        cfg.StrOpt("vencrypt_client_cert", help="Client certificate for VeNCrypt."),
        cfg.StrOpt("vencrypt_client_key", help="Client key for VeNCrypt."),
    ),
)
