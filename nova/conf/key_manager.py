"""Options of the group key_manager."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("key_manager", "Key manager client"),
    (
        cfg.StrOpt(
            "fixed_key",
            deprecated_opts=[cfg.DeprecatedOpt("fixed_key", group="keymgr")],
            secret=True,
            help="Hex key returned by the config key manager.",
        ),
    ),
)
