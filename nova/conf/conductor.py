"""Options of the group conductor."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("conductor", "Conductor service"),
    (cfg.IntOpt("workers", help="Number of conductor workers (processes), by default one."),),
)
