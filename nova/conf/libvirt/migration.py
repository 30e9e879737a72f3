"""Moving guests between libvirt hosts."""

from oslo_config import cfg

from nova.conf.libvirt.group import GROUP
from nova.conf.section import Section

SECTION = Section(
    GROUP,
    (
        cfg.IntOpt(
            "live_migration_bandwidth", default=0, help="Migration bandwidth MiB/s; zero unlimited."
        ),
        cfg.IntOpt(
            "live_migration_completion_timeout",
            default=800,
            min=0,
            mutable=True,
            help="Seconds per GiB until timeout action.",
        ),
        cfg.IntOpt(
            "live_migration_downtime",
            default=500,
            min=100,
            help="Maximum guest pause in milliseconds.",
        ),
        cfg.IntOpt(
            "live_migration_downtime_delay",
            default=75,
            min=3,
            help="Seconds per GiB between downtime steps.",
        ),
        cfg.IntOpt(
            "live_migration_downtime_steps",
            default=10,
            min=3,
            help="Steps to reach maximum downtime.",
        ),
        cfg.HostDomainOpt("live_migration_inbound_addr", help="Incoming live migration address."),
        cfg.IntOpt(
            "live_migration_monitor_interval",
            default=5,
            help="Seconds between saved migration statistics.",
        ),
        cfg.IntOpt(
            "live_migration_parallel_connections", default=1, help="Multifd connection count."
        ),
        cfg.BoolOpt(
            "live_migration_permit_auto_converge",
            default=False,
            help="Allow CPU throttling to converge.",
        ),
        cfg.BoolOpt(
            "live_migration_permit_post_copy", default=False, help="Allow post-copy switch."
        ),
        cfg.StrOpt("live_migration_scheme", help="URI scheme used by migration source."),
        cfg.StrOpt(
            "live_migration_timeout_action",
            default="abort",
            choices=["abort", "force_complete"],
            mutable=True,
            help="Abort or force-complete on timeout.",
        ),
        cfg.BoolOpt(
            "live_migration_tunnelled",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="23.0.0",
            help="Tunnel migration through libvirtd.",
        ),
        cfg.StrOpt(
            "live_migration_uri",
            deprecated_for_removal=True,
            deprecated_since="15.0.0",
            help="Explicit migration URI template.",
        ),
        cfg.BoolOpt(
            "live_migration_with_native_tls", default=False, help="Use QEMU TLS for migration."
        ),
        cfg.StrOpt(
            "migration_inbound_addr", default="$my_ip", help="Incoming cold migration address."
        ),
        cfg.StrOpt(
            "remote_filesystem_transport",
            default="ssh",
            choices=["ssh", "rsync"],
            help="Cold migration copy transport.",
        ),
    ),
)
