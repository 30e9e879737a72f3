"""Options of the group probe: health and metrics of processes without an API."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("probe", "Health and metrics"),
    (
        cfg.HostAddressOpt(
            "listen",
            default="127.0.0.1",
            help="Address on which /healthz and /metrics are served.",
        ),
        cfg.PortOpt(
            "port",
            help="Port on which /healthz and /metrics are served. Unset: not served, except by"
            " processes with an HTTP port of their own, which answer there.",
        ),
    ),
)
