"""Options of the group service_user."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("service_user", "Service token sent beside the user token"),
    (
        cfg.BoolOpt(
            "send_service_user_token", default=False, help="Send service token beside user token."
        ),
    ),
)
