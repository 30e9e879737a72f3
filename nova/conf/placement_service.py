"""Options of the placement service itself.

They share groups with options of its clients: one file may serve both.
"""

from oslo_config import cfg

from nova.conf.section import Group, Section

_NOBODY = "00000000-0000-0000-0000-000000000000"

SERVICE = Section(
    Group("placement", "Placement: the service and the way to it"),
    (
        cfg.BoolOpt(
            "randomize_allocation_candidates",
            default=False,
            help="Shuffle allocation candidates, so that a limit does not always cut the same.",
        ),
        cfg.IntOpt(
            "max_allocation_candidates",
            default=-1,
            min=-1,
            help="Most candidates kept while searching; -1 keeps all.",
        ),
        cfg.StrOpt(
            "allocation_candidates_generation_strategy",
            default="depth-first",
            choices=["depth-first", "breadth-first"],
            help="Whether the candidates of one root come first or roots take turns.",
        ),
        cfg.IntOpt(
            "allocation_conflict_retry_count",
            default=10,
            help="How often a write is tried again when a provider changed meanwhile.",
        ),
        cfg.StrOpt(
            "incomplete_consumer_project_id",
            default=_NOBODY,
            help="Project of consumers that were written without one.",
        ),
        cfg.StrOpt(
            "incomplete_consumer_user_id",
            default=_NOBODY,
            help="User of consumers that were written without one.",
        ),
    ),
)

AUTHENTICATION = Section(
    Group("api", "Compute and metadata API"),
    (
        cfg.StrOpt(
            "auth_strategy",
            default="keystone",
            choices=["keystone", "noauth2"],
            help="Who may speak to placement: bearers of a token, or anybody (tests only).",
        ),
    ),
)

DATABASE = Section(
    Group("placement_database", "Database of the placement service"),
    (
        cfg.BoolOpt(
            "sync_on_startup",
            default=False,
            help="Bring the tables up to date when the service starts.",
        ),
    ),
)

WORKAROUNDS = Section(
    Group("workarounds", "Switches around faults of other software"),
    (
        cfg.BoolOpt(
            "optimize_for_wide_provider_trees",
            default=False,
            help="Search trees with many similar providers one group at a time.",
        ),
    ),
)

SECTIONS = (SERVICE, AUTHENTICATION, DATABASE, WORKAROUNDS)
