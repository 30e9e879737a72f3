"""Options of the group scheduler."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("scheduler", "Scheduler service"),
    (
        cfg.IntOpt(
            "discover_hosts_in_cells_interval",
            default=-1,
            min=-1,
            help="Seconds between automatic host discovery.",
        ),
        cfg.BoolOpt(
            "enable_isolated_aggregate_filtering",
            default=False,
            help="Keep aggregates for matching required traits.",
        ),
        cfg.BoolOpt(
            "image_metadata_prefilter",
            default=False,
            help="Turn image properties into required traits.",
        ),
        cfg.BoolOpt(
            "limit_tenants_to_placement_aggregate",
            default=False,
            help="Restrict projects to tagged aggregates.",
        ),
        cfg.IntOpt(
            "max_attempts", default=3, min=1, help="Build/move attempts including alternates."
        ),
        cfg.IntOpt(
            "max_placement_results", default=1000, min=1, help="Candidate limit asked of placement."
        ),
        cfg.BoolOpt(
            "placement_aggregate_required_for_tenants",
            default=False,
            help="Fail projects without a tagged aggregate.",
        ),
        cfg.BoolOpt(
            "query_placement_for_image_type_support",
            default=False,
            help="Require image format trait.",
        ),
        cfg.BoolOpt(
            "query_placement_for_routed_network_aggregates",
            default=False,
            help="Restrict hosts by routed network segments.",
        ),
        cfg.IntOpt("workers", min=0, help="Number of scheduler processes, by default one."),
    ),
)
