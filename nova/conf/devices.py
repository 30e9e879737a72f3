"""Options of the group devices."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("devices", "Mediated devices"),
    (
        cfg.ListOpt(
            "enabled_mdev_types",
            default=[],
            deprecated_opts=[cfg.DeprecatedOpt("enabled_vgpu_types", group="devices")],
            help="Mediated device types offered by this host.",
        ),
    ),
)
