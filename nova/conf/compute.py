"""Options of the group compute."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("compute", "Compute service"),
    (
        cfg.IntOpt(
            "consecutive_build_service_disable_threshold",
            default=10,
            help="Nonzero reports build failures to weigher.",
        ),
        cfg.StrOpt("cpu_dedicated_set", help="Host CPUs for pinned (PCPU) use."),
        cfg.StrOpt("cpu_shared_set", help="Host CPUs for floating VCPU and emulator threads."),
        cfg.ListOpt(
            "image_type_exclude_list",
            default=[],
            help="Image formats this host will not advertise.",
        ),
        cfg.BoolOpt(
            "live_migration_wait_for_vif_plug",
            default=True,
            help="Source waits for plug event from destination.",
        ),
        cfg.IntOpt(
            "max_concurrent_disk_ops",
            default=0,
            min=0,
            help="Cap on concurrent heavy disk jobs; zero unlimited.",
        ),
        cfg.IntOpt(
            "max_disk_devices_to_attach",
            default=-1,
            min=-1,
            help="Disk devices allowed per server; -1 unlimited.",
        ),
        cfg.BoolOpt(
            "packing_host_numa_cells_allocation_strategy",
            default=False,
            help="Pack rather than spread guest NUMA cells.",
        ),
        cfg.StrOpt(
            "provider_config_location",
            default="/etc/nova/provider_config/",
            help="Directory of provider YAML files.",
        ),
        cfg.IntOpt(
            "resource_provider_association_refresh",
            default=300,
            min=0,
            mutable=True,
            help="Seconds provider cache stays fresh; zero never refresh.",
        ),
        cfg.IntOpt(
            "sharing_providers_max_uuids_per_request",
            default=200,
            min=1,
            help="Aggregates per sharing-provider query.",
        ),
        cfg.IntOpt(
            "shutdown_retry_interval",
            default=10,
            min=1,
            help="Seconds between repeated ACPI shutdown signals.",
        ),
        cfg.IntOpt(
            "update_resources_max_workers",
            default=1,
            min=1,
            help="Parallel node updates in resource audit.",
        ),
        cfg.ListOpt(
            "vmdk_allowed_types",
            default=["streamOptimized", "monolithicSparse"],
            help="Accepted VMDK subformats.",
        ),
    ),
)
