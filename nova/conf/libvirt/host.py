"""The libvirt host itself."""

from oslo_config import cfg

from nova.conf.libvirt.group import GROUP
from nova.conf.section import Section

SECTION = Section(
    GROUP,
    (
        cfg.StrOpt("connection_uri", default="", help="Override hypervisor connection URI."),
        cfg.StrOpt(
            "cpu_power_governor_high",
            default="performance",
            help="Governor for in-use dedicated cores.",
        ),
        cfg.StrOpt(
            "cpu_power_governor_low", default="powersave", help="Governor for idle dedicated cores."
        ),
        cfg.BoolOpt("cpu_power_management", default=False, help="Manage power of dedicated cores."),
        cfg.StrOpt(
            "cpu_power_management_strategy",
            default="cpu_state",
            choices=["cpu_state", "governor"],
            help="Offline idle cores or switch governor.",
        ),
        cfg.IntOpt("device_detach_attempts", default=8, min=1, help="Detach attempts per device."),
        cfg.IntOpt("device_detach_timeout", default=20, min=1, help="Seconds per detach attempt."),
        cfg.ListOpt("enabled_perf_events", default=[], help="Perf events enabled on guests."),
        cfg.IntOpt(
            "file_backed_memory", default=0, min=0, help="MiB of file-backed memory; zero off."
        ),
        cfg.ListOpt("gid_maps", default=[], help="Container group id mappings."),
        cfg.IntOpt("mem_stats_period_seconds", default=10, help="Memory balloon stats period."),
        cfg.IntOpt("num_intel_tdx_guests", min=0, help="Override TDX guest capacity."),
        cfg.ListOpt("pmem_namespaces", default=[], help="Persistent memory namespaces (retired)."),
        cfg.IntOpt("realtime_scheduler_priority", default=1, help="Realtime vCPU priority."),
        cfg.ListOpt(
            "supported_tpm_secret_security",
            default=["user", "host", "deployment"],
            help="TPM secret policies this host accepts.",
        ),
        cfg.BoolOpt("swtpm_enabled", default=False, help="Allow emulated TPM devices."),
        cfg.StrOpt("swtpm_group", default="tss", help="Group running swtpm."),
        cfg.StrOpt("swtpm_user", default="tss", help="User running swtpm."),
        cfg.IntOpt("tb_cache_size", min=0, help="QEMU translation cache MiB."),
        cfg.ListOpt("uid_maps", default=[], help="Container user id mappings."),
        cfg.StrOpt(
            "virt_type",
            default="kvm",
            choices=["kvm", "lxc", "qemu", "parallels"],
            help="Hypervisor type.",
        ),
        cfg.IntOpt(
            "wait_soft_reboot_seconds", default=120, help="Seconds before soft reboot turns hard."
        ),
    ),
)
