"""Options of the group api."""

from oslo_config import cfg, types

from nova.conf.section import Group, Section

SECTION = Section(
    Group("api", "Compute and metadata API"),
    (
        cfg.StrOpt(
            "auth_strategy",
            default="keystone",
            choices=["keystone", "noauth2"],
            help="Who says who a caller is: Keystone, or (for trials only) the caller itself.",
        ),
        cfg.IntOpt(
            "cell_timeout",
            default=60,
            min=1,
            help="Seconds to wait for the answer of one cell when several are asked.",
        ),
        cfg.StrOpt("compute_link_prefix", help="Base URL substituted in compute links."),
        cfg.StrOpt(
            "config_drive_skip_versions",
            default="1.0 2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15"
            " 2008-02-01 2008-09-01",
            help="EC2 metadata versions left off config drive.",
        ),
        cfg.StrOpt("dhcp_domain", default="novalocal", help="Domain suffix for metadata hostname."),
        cfg.BoolOpt(
            "enable_instance_password", default=True, help="Return adminPass in responses."
        ),
        cfg.StrOpt("glance_link_prefix", help="Base URL substituted in image links."),
        cfg.IntOpt(
            "instance_list_cells_batch_fixed_size",
            default=100,
            min=100,
            help="Per-cell batch size for fixed strategy.",
        ),
        cfg.StrOpt(
            "instance_list_cells_batch_strategy",
            default="distributed",
            choices=["distributed", "fixed"],
            help="How per-cell list batches are sized.",
        ),
        cfg.BoolOpt(
            "instance_list_per_project_cells",
            default=False,
            help="List only cells where project has servers.",
        ),
        cfg.BoolOpt(
            "list_records_by_skipping_down_cells",
            default=True,
            help="Skip unreachable cells instead of failing lists.",
        ),
        cfg.BoolOpt(
            "local_metadata_per_cell", default=False, help="Metadata service runs per cell."
        ),
        cfg.IntOpt("max_limit", default=1000, min=0, help="Maximum page size in list responses."),
        cfg.IntOpt(
            "metadata_cache_expiration",
            default=15,
            min=0,
            help="Seconds metadata documents are cached.",
        ),
        cfg.StrOpt(
            "neutron_default_project_id",
            default="default",
            deprecated_opts=[cfg.DeprecatedOpt("neutron_default_tenant_id", group="api")],
            help="Project queried for default networks.",
        ),
        cfg.StrOpt(
            "response_validation",
            default="warn",
            choices=["error", "warn", "ignore"],
            help="Reaction to response schema mismatch.",
        ),
        cfg.BoolOpt(
            "use_neutron_default_nets",
            default=False,
            help="Query neutron for default tenant networks.",
        ),
        cfg.IntOpt(
            "vendordata_dynamic_connect_timeout",
            default=5,
            min=3,
            help="Connect timeout for dynamic vendordata.",
        ),
        cfg.BoolOpt(
            "vendordata_dynamic_failure_fatal",
            default=False,
            help="Dynamic vendordata failure fails boot.",
        ),
        cfg.IntOpt(
            "vendordata_dynamic_read_timeout",
            default=5,
            min=0,
            help="Read timeout for dynamic vendordata.",
        ),
        cfg.StrOpt(
            "vendordata_dynamic_ssl_certfile",
            default="",
            help="CA bundle verifying vendordata endpoints.",
        ),
        cfg.ListOpt(
            "vendordata_dynamic_targets",
            default=[],
            help="name@url list of dynamic vendordata services.",
        ),
        cfg.StrOpt("vendordata_jsonfile_path", help="Static vendordata JSON file."),
        cfg.ListOpt(
            "vendordata_providers",
            default=["StaticJSON"],
            item_type=types.String(choices=["StaticJSON", "DynamicJSON"]),
            help="Enabled vendordata providers.",
        ),
    ),
)
