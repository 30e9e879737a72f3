"""Options of the group mks."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("mks", "WebMKS consoles"),
    (
        cfg.BoolOpt("enabled", default=False, help="Enable WebMKS consoles."),
        cfg.URIOpt("mksproxy_base_url", default="http://127.0.0.1:6090/", help="WebMKS proxy URL."),
    ),
)
