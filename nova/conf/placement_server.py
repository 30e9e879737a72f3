"""Options of the group placement_server: where placement listens."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("placement_server", "Placement as a process of its own"),
    (
        cfg.HostAddressOpt("listen", default="0.0.0.0", help="Address placement listens on."),
        cfg.PortOpt("port", default=8778, help="Port placement listens on."),
    ),
)
