"""Options of the group image_cache."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("image_cache", "Cache of base images"),
    (
        cfg.IntOpt(
            "manager_interval",
            default=2400,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("image_cache_manager_interval", group="DEFAULT")],
            help="Seconds between cache audits; -1 disables, zero default.",
        ),
        cfg.IntOpt(
            "precache_concurrency",
            default=1,
            min=1,
            help="Parallel hosts during aggregate image precache.",
        ),
        cfg.BoolOpt(
            "remove_unused_base_images",
            default=True,
            deprecated_opts=[cfg.DeprecatedOpt("remove_unused_base_images", group="DEFAULT")],
            help="Delete unused base images.",
        ),
        cfg.IntOpt(
            "remove_unused_original_minimum_age_seconds",
            default=86400,
            deprecated_opts=[
                cfg.DeprecatedOpt("remove_unused_original_minimum_age_seconds", group="DEFAULT")
            ],
            help="Minimum age before unused originals go.",
        ),
        cfg.IntOpt(
            "remove_unused_resized_minimum_age_seconds",
            default=3600,
            deprecated_opts=[
                cfg.DeprecatedOpt("remove_unused_resized_minimum_age_seconds", group="libvirt")
            ],
            help="Minimum age before unused resized go.",
        ),
        cfg.StrOpt(
            "subdirectory_name",
            default="_base",
            deprecated_opts=[cfg.DeprecatedOpt("image_cache_subdirectory_name", group="DEFAULT")],
            help="Cache folder under instances path.",
        ),
    ),
)
