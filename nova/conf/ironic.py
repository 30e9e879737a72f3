"""Options of the group ironic."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("ironic", "Bare metal driver"),
    (
        cfg.IntOpt("api_max_retries", default=60, min=0, help="Retries on conflicting requests."),
        cfg.IntOpt("api_retry_interval", default=2, min=0, help="Seconds between retries."),
        cfg.StrOpt(
            "conductor_group",
            regex=r"^[a-zA-Z0-9_.-]*$",
            deprecated_opts=[cfg.DeprecatedOpt("partition_key", group="ironic")],
            mutable=True,
            help="Only manage nodes in this conductor group.",
        ),
        cfg.ListOpt(
            "peer_list",
            default=[],
            deprecated_for_removal=True,
            deprecated_since="28.0.0",
            help="Deprecated list of sibling compute hosts.",
        ),
        cfg.IntOpt(
            "serial_console_state_timeout",
            default=10,
            min=0,
            help="Seconds to await serial console state.",
        ),
        cfg.StrOpt("shard", regex=r"^[a-zA-Z0-9_.-]+$", help="Only manage nodes of this shard."),
        cfg.IntOpt(
            "vnc_console_state_timeout",
            default=60,
            min=0,
            help="Seconds to await graphical console state.",
        ),
    ),
)
