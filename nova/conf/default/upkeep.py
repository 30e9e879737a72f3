"""Periodic care for servers that already exist."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.IntOpt(
            "heal_instance_info_cache_interval",
            default=-1,
            help="Seconds between network cache heals; below zero disables.",
        ),
        cfg.IntOpt(
            "instance_delete_interval",
            default=300,
            help="Seconds between retries of leftover file removal.",
        ),
        cfg.BoolOpt(
            "instance_usage_audit",
            default=False,
            help="Emit periodic exists notifications from compute.",
        ),
        cfg.StrOpt(
            "instance_usage_audit_period",
            default="month",
            regex=r"^(hour|month|day|year)(@([0-9]+))?$",
            help="Audit window: hour, day, month, year, optional offset.",
        ),
        cfg.IntOpt(
            "maximum_instance_delete_attempts",
            default=5,
            min=1,
            help="Retry cap for leftover file removal.",
        ),
        cfg.IntOpt(
            "reboot_timeout",
            default=0,
            min=0,
            help="Seconds before stuck soft reboot becomes hard.",
        ),
        cfg.IntOpt(
            "reclaim_instance_interval",
            default=0,
            help="Seconds soft-deleted servers are kept; zero disables soft delete.",
        ),
        cfg.IntOpt(
            "rescue_timeout",
            default=0,
            min=0,
            help="Seconds in rescue before automatic unrescue; zero disables.",
        ),
        cfg.IntOpt(
            "resize_confirm_window",
            default=0,
            min=0,
            help="Seconds until automatic resize confirm; zero disables.",
        ),
        cfg.BoolOpt(
            "resume_guests_state_on_host_boot",
            default=False,
            help="Restart previously running guests when host boots.",
        ),
        cfg.StrOpt(
            "running_deleted_instance_action",
            default="reap",
            choices=["reap", "log", "shutdown", "noop"],
            help="What to do with running but deleted instances.",
        ),
        cfg.IntOpt(
            "running_deleted_instance_poll_interval",
            default=1800,
            help="Seconds between deleted-but-running checks.",
        ),
        cfg.IntOpt(
            "running_deleted_instance_timeout",
            default=0,
            help="Grace seconds before deleted instance is eligible.",
        ),
        cfg.IntOpt(
            "scheduler_instance_sync_interval",
            default=120,
            help="Seconds between instance UUID syncs to scheduler.",
        ),
        cfg.IntOpt(
            "shelved_offload_time",
            default=0,
            help="Seconds shelved before offload; zero immediate, -1 never.",
        ),
        cfg.IntOpt(
            "shelved_poll_interval", default=3600, help="Seconds between shelved offload checks."
        ),
        cfg.IntOpt(
            "shutdown_timeout", default=60, min=0, help="Seconds allowed for clean guest power-off."
        ),
        cfg.IntOpt(
            "stale_share_access_reconcile_interval",
            default=1800,
            help="Seconds between stale share access rule cleanups.",
        ),
        cfg.IntOpt(
            "sync_power_state_interval",
            default=600,
            help="Seconds between power state syncs; negative disables.",
        ),
        cfg.IntOpt("sync_power_state_pool_size", default=5, help="Workers for power state sync."),
        cfg.IntOpt(
            "volume_usage_poll_interval",
            default=0,
            help="Seconds between volume usage polls; zero disables.",
        ),
    ),
)
