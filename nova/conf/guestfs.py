"""Options of the group guestfs."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("guestfs", "Looking into guest disks"),
    (cfg.BoolOpt("debug", default=False, help="Verbose libguestfs logs."),),
)
