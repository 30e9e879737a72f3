"""Options of the group journal: how accepted work is kept going."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("journal", "Durable operations"),
    (
        cfg.IntOpt(
            "lease_seconds",
            default=30,
            min=2,
            help="How long an operation stays with an owner that gives no sign of life.",
        ),
        cfg.IntOpt(
            "watchdog_interval",
            default=10,
            min=1,
            help="Seconds between two looks for operations nobody works on.",
        ),
        cfg.IntOpt(
            "batch_size",
            default=100,
            min=1,
            help="Most operations one look of the watchdog settles.",
        ),
        cfg.IntOpt(
            "max_attempts",
            default=5,
            min=1,
            help="How often an operation is taken up again before it fails with a reason.",
        ),
    ),
)
