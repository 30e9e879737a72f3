"""Building and moving servers: limits, waits, retries."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.StrOpt("compute_driver", help="Virt driver module.class loaded by nova-compute."),
        cfg.IntOpt(
            "max_concurrent_builds",
            default=10,
            min=0,
            help="Parallel builds per compute; zero means unlimited.",
        ),
        cfg.IntOpt(
            "max_concurrent_live_migrations",
            default=1,
            min=0,
            help="Parallel outgoing live migrations; zero means unlimited.",
        ),
        cfg.IntOpt(
            "max_concurrent_snapshots",
            default=5,
            min=0,
            help="Parallel snapshots per compute; zero means unlimited.",
        ),
        cfg.IntOpt(
            "max_local_block_devices",
            default=3,
            help="Maximum local disks per server; zero forbids image boot.",
        ),
        cfg.IntOpt(
            "block_device_allocate_retries",
            default=60,
            min=0,
            help="Polls of a new volume until available at boot.",
        ),
        cfg.IntOpt(
            "block_device_allocate_retries_interval",
            default=3,
            min=0,
            help="Seconds between volume-available polls.",
        ),
        cfg.IntOpt(
            "network_allocate_retries",
            default=0,
            min=0,
            help="Extra attempts to allocate ports during build.",
        ),
        cfg.BoolOpt(
            "vif_plugging_is_fatal", default=True, help="Fail spawn when plug events time out."
        ),
        cfg.IntOpt(
            "vif_plugging_timeout",
            default=300,
            min=0,
            help="Seconds to wait for network-vif-plugged.",
        ),
        cfg.IntOpt(
            "arq_binding_timeout",
            default=300,
            min=1,
            help="Seconds to wait for accelerator bind events during spawn.",
        ),
        cfg.IntOpt(
            "reimage_timeout_per_gb",
            default=20,
            min=1,
            help="Seconds per GiB to await volume reimage event.",
        ),
        cfg.IntOpt(
            "live_migration_retry_count",
            default=30,
            min=0,
            help="VIF plug attempts on migration destination.",
        ),
        cfg.IntOpt(
            "migrate_max_retries",
            default=-1,
            min=-1,
            help="Alternate hosts tried when live migration prechecks fail.",
        ),
        cfg.BoolOpt(
            "allow_resize_to_same_host",
            default=False,
            help="Permit resize/migrate to pick the server's current host.",
        ),
        cfg.IntOpt(
            "instance_build_timeout",
            default=0,
            min=0,
            help="Seconds in BUILD before error; zero disables.",
        ),
        cfg.IntOpt(
            "password_length", default=12, min=0, help="Length of generated admin passwords."
        ),
        cfg.StrOpt(
            "osapi_compute_unique_server_name_scope",
            default="",
            choices=["", "project", "global"],
            help="Enforce unique server names per project or globally.",
        ),
        cfg.ListOpt(
            "non_inheritable_image_properties",
            default=["cache_in_nova", "bittorrent"],
            help="Properties dropped from snapshot images.",
        ),
        cfg.StrOpt(
            "instance_name_template",
            default="instance-%08x",
            help="Format for hypervisor-side domain name.",
        ),
        cfg.StrOpt(
            "pointer_model",
            default="usbtablet",
            choices=["ps2mouse", "usbtablet", None],
            help="Default guest pointing device.",
        ),
    ),
)
