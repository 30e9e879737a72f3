"""Options of the group quota."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("quota", "Quotas"),
    (
        cfg.IntOpt(
            "cores",
            default=20,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_cores", group="DEFAULT")],
            help="vCPU limit per project.",
        ),
        cfg.BoolOpt(
            "count_usage_from_placement", default=False, help="Count cores and ram from placement."
        ),
        cfg.StrOpt(
            "driver",
            default="nova.quota.DbQuotaDriver",
            choices=[
                "nova.quota.DbQuotaDriver",
                "nova.quota.NoopQuotaDriver",
                "nova.quota.UnifiedLimitsDriver",
            ],
            help="Quota implementation.",
        ),
        cfg.IntOpt(
            "injected_file_content_bytes",
            default=10240,
            min=-1,
            deprecated_opts=[
                cfg.DeprecatedOpt("quota_injected_file_content_bytes", group="DEFAULT")
            ],
            help="Bytes per injected file.",
        ),
        cfg.IntOpt(
            "injected_file_path_length",
            default=255,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_injected_file_path_length", group="DEFAULT")],
            help="Injected path length limit.",
        ),
        cfg.IntOpt(
            "injected_files",
            default=5,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_injected_files", group="DEFAULT")],
            help="Injected file count limit.",
        ),
        cfg.IntOpt(
            "instances",
            default=10,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_instances", group="DEFAULT")],
            help="Server limit per project.",
        ),
        cfg.IntOpt(
            "key_pairs",
            default=100,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_key_pairs", group="DEFAULT")],
            help="Key pair limit per user.",
        ),
        cfg.IntOpt(
            "metadata_items",
            default=128,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_metadata_items", group="DEFAULT")],
            help="Metadata items per server.",
        ),
        cfg.IntOpt(
            "ram",
            default=51200,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_ram", group="DEFAULT")],
            help="RAM MiB limit per project.",
        ),
        cfg.BoolOpt("recheck_quota", default=True, help="Recheck after creation to catch races."),
        cfg.IntOpt(
            "server_group_members",
            default=10,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_server_group_members", group="DEFAULT")],
            help="Members per server group.",
        ),
        cfg.IntOpt(
            "server_groups",
            default=10,
            min=-1,
            deprecated_opts=[cfg.DeprecatedOpt("quota_server_groups", group="DEFAULT")],
            help="Server groups per project.",
        ),
        cfg.ListOpt(
            "unified_limits_resource_list",
            default=["servers"],
            help="Resources subject to the strategy.",
        ),
        cfg.StrOpt(
            "unified_limits_resource_strategy",
            default="require",
            choices=["require", "ignore"],
            help="Require or ignore listed registered limits.",
        ),
    ),
)
