"""Options of the group filter_scheduler."""

from oslo_config import cfg

from nova.conf.section import Group, Section

ARCHITECTURES = [
    "alpha",
    "armv6",
    "armv7l",
    "armv7b",
    "aarch64",
    "cris",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppcle",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86_64",
    "xtensa",
    "xtensaeb",
]

SECTION = Section(
    Group("filter_scheduler", "Filters and weighers"),
    (
        cfg.StrOpt(
            "aggregate_image_properties_isolation_namespace",
            deprecated_for_removal=True,
            deprecated_since="33.0.0",
            help="Property namespace considered by isolation filter.",
        ),
        cfg.StrOpt(
            "aggregate_image_properties_isolation_separator",
            default=".",
            deprecated_for_removal=True,
            deprecated_since="33.0.0",
            help="Separator between namespace and name.",
        ),
        cfg.MultiStrOpt(
            "available_filters",
            default=["nova.scheduler.filters.all_filters"],
            help="Filter classes that may be enabled.",
        ),
        cfg.FloatOpt(
            "build_failure_weight_multiplier",
            default=1000000.0,
            help="Penalty strength for recent build failures.",
        ),
        cfg.FloatOpt("cpu_weight_multiplier", default=1.0, help="Strength of free VCPU weigher."),
        cfg.FloatOpt(
            "cross_cell_move_weight_multiplier",
            default=1000000.0,
            help="Strength preferring source cell on moves.",
        ),
        cfg.FloatOpt("disk_weight_multiplier", default=1.0, help="Strength of free disk weigher."),
        cfg.ListOpt(
            "enabled_filters",
            default=[
                "ComputeFilter",
                "ComputeCapabilitiesFilter",
                "ImagePropertiesFilter",
                "ServerGroupAntiAffinityFilter",
                "ServerGroupAffinityFilter",
            ],
            help="Ordered filters applied to hosts.",
        ),
        cfg.IntOpt("host_subset_size", default=1, min=1, help="Random pick among best N hosts."),
        cfg.FloatOpt(
            "hypervisor_version_weight_multiplier",
            default=1.0,
            help="Strength preferring newer hypervisors.",
        ),
        cfg.StrOpt(
            "image_properties_default_architecture",
            choices=ARCHITECTURES,
            help="Architecture assumed when image names none.",
        ),
        cfg.FloatOpt(
            "image_props_weight_multiplier",
            default=0.0,
            help="Strength of image property affinity weigher.",
        ),
        cfg.ListOpt(
            "image_props_weight_setting", default=[], help="Image properties and ratios considered."
        ),
        cfg.FloatOpt("io_ops_weight_multiplier", default=-1.0, help="Strength of IO load weigher."),
        cfg.ListOpt("isolated_hosts", default=[], help="Hosts reserved for isolated images."),
        cfg.ListOpt("isolated_images", default=[], help="Images restricted to isolated hosts."),
        cfg.IntOpt(
            "max_instances_per_host",
            default=50,
            min=1,
            help="Instance cap used by NumInstancesFilter.",
        ),
        cfg.IntOpt(
            "max_io_ops_per_host", default=8, min=0, help="Busy instance cap used by IoOpsFilter."
        ),
        cfg.FloatOpt(
            "num_instances_weight_multiplier",
            default=0.0,
            help="Strength of instance count weigher.",
        ),
        cfg.BoolOpt(
            "pci_in_placement",
            default=False,
            help="Schedule flavor PCI requests through placement.",
        ),
        cfg.FloatOpt(
            "pci_weight_multiplier", default=1.0, min=0.0, help="Strength of PCI affinity weigher."
        ),
        cfg.FloatOpt("ram_weight_multiplier", default=1.0, help="Strength of free RAM weigher."),
        cfg.BoolOpt(
            "restrict_isolated_hosts_to_isolated_images",
            default=True,
            help="Keep other images off isolated hosts.",
        ),
        cfg.BoolOpt(
            "shuffle_best_same_weighed_hosts",
            default=False,
            help="Randomize among equally best hosts.",
        ),
        cfg.FloatOpt(
            "soft_affinity_weight_multiplier",
            default=1.0,
            min=0.0,
            help="Strength of soft-affinity weigher.",
        ),
        cfg.FloatOpt(
            "soft_anti_affinity_weight_multiplier",
            default=1.0,
            min=0.0,
            help="Strength of soft-anti-affinity weigher.",
        ),
        cfg.BoolOpt(
            "track_instance_changes",
            default=True,
            help="Keep per-host instance info in scheduler memory.",
        ),
        cfg.ListOpt(
            "weight_classes",
            default=["nova.scheduler.weights.all_weighers"],
            help="Weigher classes in use.",
        ),
    ),
)
