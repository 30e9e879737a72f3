"""Options of the group scheduling: what this scheduler does beyond choosing hosts."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("scheduling", "Decisions of the scheduler"),
    (
        cfg.IntOpt(
            "decisions_kept_days",
            default=7,
            min=0,
            help="Days for which it can be asked why a server went where; 0 keeps nothing.",
        ),
        cfg.IntOpt(
            "decision_hosts",
            default=1000,
            min=1,
            help="Most hosts that the record of one decision tells of, the foremost first.",
        ),
        cfg.FloatOpt(
            "candidates_reused_seconds",
            default=0.5,
            min=0,
            help="How long placement's answer serves further requests of the same kind: for so"
            " long traits and aggregates that are changed in placement itself may not be seen;"
            " what is changed here is, at once. 0 asks every time.",
        ),
        cfg.ListOpt(
            "policies",
            default=[],
            help="Names of scheduling policies, foremost first; each has a group"
            " [scheduling_policy_NAME] of its own.",
        ),
    ),
)
