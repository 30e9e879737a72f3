"""Options of the group pci."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("pci", "PCI devices"),
    (
        cfg.MultiStrOpt(
            "alias",
            default=[],
            deprecated_opts=[cfg.DeprecatedOpt("pci_alias", group="DEFAULT")],
            help="Named PCI device requirement, JSON, repeatable.",
        ),
        cfg.MultiStrOpt(
            "device_spec",
            default=[],
            deprecated_opts=[
                cfg.DeprecatedOpt("passthrough_whitelist", group="pci"),
                cfg.DeprecatedOpt("pci_passthrough_whitelist", group="DEFAULT"),
            ],
            help="PCI devices offered to guests, JSON, repeatable.",
        ),
        cfg.BoolOpt(
            "report_in_placement", default=False, help="Report PCI inventory to placement."
        ),
    ),
)
