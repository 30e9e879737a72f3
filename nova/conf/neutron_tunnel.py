"""Options of the group neutron_tunnel."""

from oslo_config import cfg, types

from nova.conf.section import Group, Section

SECTION = Section(
    Group("neutron_tunnel", "Host NUMA nodes that reach tunnelled networks"),
    (
        cfg.ListOpt(
            "numa_nodes",
            item_type=types.Integer(),
            default=[],
            help="Host NUMA nodes with tunnelled network access.",
        ),
    ),
)
