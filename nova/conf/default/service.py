"""Processes: liveness, pools, periodic work, long calls."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.StrOpt(
            "concurrency_backend",
            default="auto",
            choices=["auto", "threading", "eventlet"],
            help="Choose eventlet or native threads for services.",
        ),
        cfg.IntOpt("report_interval", default=10, help="Seconds between service heartbeats."),
        cfg.IntOpt(
            "service_down_time", default=60, help="Heartbeat age that marks a service down."
        ),
        cfg.StrOpt(
            "servicegroup_driver",
            default="db",
            choices=["db", "mc"],
            help="Liveness backend: database or memcache.",
        ),
        cfg.BoolOpt(
            "enable_new_services",
            default=True,
            help="Newly registered compute services start enabled.",
        ),
        cfg.BoolOpt("periodic_enable", default=True, help="Run periodic tasks at all."),
        cfg.IntOpt(
            "periodic_fuzzy_delay",
            default=60,
            min=0,
            help="Random start delay ceiling for periodic tasks.",
        ),
        cfg.IntOpt(
            "cell_worker_thread_pool_size",
            default=5,
            min=1,
            help="Parallel per-cell workers for scatter-gather reads.",
        ),
        cfg.IntOpt(
            "default_green_pool_size",
            default=1000,
            min=100,
            deprecated_for_removal=True,
            deprecated_since="32.0.0",
            help="Max greenthreads in default pool, eventlet mode.",
        ),
        cfg.IntOpt(
            "default_thread_pool_size",
            default=10,
            min=1,
            help="Threads in default pool, threading mode.",
        ),
        cfg.IntOpt(
            "thread_pool_statistic_period",
            default=-1,
            min=-1,
            help="Seconds between pool statistics log lines.",
        ),
        cfg.IntOpt(
            "long_rpc_timeout", default=1800, help="Reply timeout for long-running RPC calls."
        ),
        cfg.IntOpt(
            "graceful_shutdown_timeout",
            default=180,
            min=0,
            help="Seconds after which a process that is told to stop ends in any case; 0 waits.",
        ),
        cfg.IntOpt(
            "manager_shutdown_timeout",
            default=160,
            min=0,
            help="Seconds given to manager to finish in-flight work.",
        ),
    ),
)
