"""Options of the group monitoring: where a process without an API tells how it is."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("monitoring", "Health and metrics of processes that serve no API"),
    (
        cfg.HostAddressOpt(
            "listen",
            default="127.0.0.1",
            help="Address on which /healthz and /metrics are served.",
        ),
        cfg.PortOpt(
            "port",
            default=None,
            help="Port of /healthz and /metrics. Unset: 8784 for nova-conductor, 8785 for "
            "nova-scheduler, 8786 for nova-compute; when that is taken, any free one (the log "
            "tells which). 0: not served.",
        ),
    ),
)
