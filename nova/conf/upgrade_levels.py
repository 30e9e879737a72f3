"""Options of the group upgrade_levels."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("upgrade_levels", "Version caps of RPC interfaces"),
    (
        cfg.StrOpt("baseapi", help="Version cap of base RPC API."),
        cfg.StrOpt("compute", help="Version cap of compute RPC; auto or alias allowed."),
        cfg.StrOpt("conductor", help="Version cap of conductor RPC."),
        cfg.StrOpt("scheduler", help="Version cap of scheduler RPC."),
    ),
)
