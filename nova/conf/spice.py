"""Options of the group spice."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("spice", "SPICE consoles"),
    (
        cfg.BoolOpt("agent_enabled", default=True, help="Add SPICE agent channel."),
        cfg.BoolOpt("enabled", default=False, help="Enable SPICE consoles."),
        cfg.URIOpt(
            "html5proxy_base_url",
            default="http://127.0.0.1:6082/spice_auto.html",
            help="Public SPICE proxy URL.",
        ),
        cfg.HostAddressOpt("html5proxy_host", default="0.0.0.0", help="Proxy listen address."),
        cfg.PortOpt("html5proxy_port", default=6082, help="Proxy listen port."),
        cfg.StrOpt(
            "image_compression",
            choices=["auto_glz", "auto_lz", "quic", "glz", "lz", "off"],
            help="Lossless image compression mode.",
        ),
        cfg.StrOpt(
            "jpeg_compression",
            choices=["auto", "never", "always"],
            help="Lossy image compression for slow links.",
        ),
        cfg.BoolOpt("playback_compression", help="Audio compression."),
        cfg.BoolOpt("require_secure", default=False, help="Require TLS for SPICE channels."),
        cfg.StrOpt("server_listen", default="127.0.0.1", help="Guest SPICE listen address."),
        cfg.StrOpt(
            "server_proxyclient_address",
            default="127.0.0.1",
            help="Address proxy uses to reach SPICE server.",
        ),
        cfg.URIOpt(
            "spice_direct_proxy_base_url",
            default="http://127.0.0.1:13002/nova",
            help="Native SPICE proxy URL.",
        ),
        cfg.StrOpt(
            "streaming_mode", choices=["filter", "all", "off"], help="Video stream detection mode."
        ),
        cfg.StrOpt(
            "zlib_compression",
            choices=["auto", "never", "always"],
            help="Lossless slow-link compression.",
        ),
    ),
)
