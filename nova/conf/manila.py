"""Options of the group manila."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("manila", "Share client"),
    (
        cfg.IntOpt(
            "share_apply_policy_timeout",
            default=10,
            help="Seconds to await share access rule activation.",
        ),
    ),
)
