"""How much of this host may be given to guests."""

from oslo_config import cfg, types

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.FloatOpt(
            "cpu_allocation_ratio",
            min=0.0,
            help="Fixed VCPU overcommit ratio; unset keeps placement value.",
        ),
        cfg.FloatOpt(
            "ram_allocation_ratio",
            min=0.0,
            help="Fixed MEMORY_MB overcommit ratio; unset keeps placement value.",
        ),
        cfg.FloatOpt(
            "disk_allocation_ratio",
            min=0.0,
            help="Fixed DISK_GB overcommit ratio; unset keeps placement value.",
        ),
        cfg.FloatOpt(
            "initial_cpu_allocation_ratio",
            default=4.0,
            min=0.0,
            help="VCPU ratio written when compute node first created.",
        ),
        cfg.FloatOpt(
            "initial_ram_allocation_ratio",
            default=1.0,
            min=0.0,
            help="MEMORY_MB ratio written when compute node first created.",
        ),
        cfg.FloatOpt(
            "initial_disk_allocation_ratio",
            default=1.0,
            min=0.0,
            help="DISK_GB ratio written when compute node first created.",
        ),
        cfg.IntOpt(
            "reserved_host_cpus", default=0, min=0, help="Host CPUs withheld from VCPU inventory."
        ),
        cfg.IntOpt(
            "reserved_host_memory_mb",
            default=512,
            min=0,
            help="Host memory MiB withheld from inventory.",
        ),
        cfg.IntOpt(
            "reserved_host_disk_mb", default=0, min=0, help="Host disk MiB withheld from inventory."
        ),
        cfg.MultiOpt(
            "reserved_huge_pages",
            item_type=types.Dict(),
            help="Huge pages withheld per NUMA node and size.",
        ),
        cfg.StrOpt(
            "vcpu_pin_set",
            deprecated_for_removal=True,
            deprecated_since="20.0.0",
            help="Deprecated host CPU mask usable by guests.",
        ),
        cfg.IntOpt(
            "update_resources_interval",
            default=0,
            help="Seconds between resource audits; zero default pace, negative off.",
        ),
        cfg.ListOpt(
            "compute_monitors", default=[], help="Metric monitor plugins enabled on this compute."
        ),
    ),
)
