"""Options of the group notifications."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("notifications", "Notifications"),
    (
        cfg.BoolOpt(
            "bdms_in_notifications", default=False, help="Include block devices in payloads."
        ),
        cfg.StrOpt(
            "default_level",
            default="INFO",
            choices=["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"],
            deprecated_opts=[cfg.DeprecatedOpt("default_notification_level", group="DEFAULT")],
            help="Level of legacy notifications.",
        ),
        cfg.BoolOpt("include_share_mapping", default=False, help="Include shares in payloads."),
        cfg.StrOpt(
            "notification_format",
            default="unversioned",
            choices=["both", "versioned", "unversioned"],
            deprecated_opts=[cfg.DeprecatedOpt("notification_format", group="DEFAULT")],
            help="Legacy, versioned or both.",
        ),
        cfg.StrOpt(
            "notify_on_state_change",
            choices=[None, "vm_state", "vm_and_task_state"],
            deprecated_opts=[cfg.DeprecatedOpt("notify_on_state_change", group="DEFAULT")],
            help="Emit instance.update on state change.",
        ),
        cfg.ListOpt(
            "versioned_notifications_topics",
            default=["versioned_notifications"],
            help="Topics for versioned notifications.",
        ),
    ),
)
