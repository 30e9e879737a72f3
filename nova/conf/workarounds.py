"""Options of the group workarounds."""

from oslo_config import cfg, types

from nova.conf.section import Group, Section

SECTION = Section(
    Group("workarounds", "Switches around faults of other software"),
    (
        cfg.BoolOpt(
            "disable_compute_service_check_for_ffu",
            default=False,
            help="Downgrade too-old-compute error to warning.",
        ),
        cfg.BoolOpt(
            "disable_deep_image_inspection",
            default=False,
            help="Skip deep image format inspection.",
        ),
        cfg.BoolOpt(
            "disable_fallback_pcpu_query",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="20.0.0",
            help="No VCPU fallback query for pinned guests.",
        ),
        cfg.BoolOpt(
            "disable_group_policy_check_upcall",
            default=False,
            help="Skip late server group check in compute.",
        ),
        cfg.BoolOpt(
            "disable_libvirt_livesnapshot",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="19.0.0",
            help="Force cold snapshots.",
        ),
        cfg.BoolOpt("disable_rootwrap", default=False, help="Use sudo instead of rootwrap."),
        cfg.BoolOpt(
            "enable_numa_live_migration",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="20.0.0",
            help="Allow unsafe NUMA live migration.",
        ),
        cfg.BoolOpt(
            "enable_qemu_monitor_announce_self",
            default=False,
            help="Announce guest MAC after live migration.",
        ),
        cfg.BoolOpt(
            "ensure_libvirt_rbd_instance_dir_cleanup",
            default=False,
            help="Always remove instance directory with RBD.",
        ),
        cfg.BoolOpt(
            "handle_virt_lifecycle_events",
            default=True,
            help="React to hypervisor lifecycle events.",
        ),
        cfg.BoolOpt("libvirt_disable_apic", default=False, help="Disable guest APIC."),
        cfg.BoolOpt(
            "never_download_image_if_on_rbd",
            default=False,
            help="Fail rather than download non-local RBD image.",
        ),
        cfg.IntOpt(
            "qemu_monitor_announce_self_count", default=3, min=1, help="Announce repetitions."
        ),
        cfg.IntOpt(
            "qemu_monitor_announce_self_interval",
            default=1,
            min=1,
            help="Seconds between announcements.",
        ),
        cfg.BoolOpt(
            "reserve_disk_resource_for_image_cache",
            default=False,
            help="Reserve disk for cached images.",
        ),
        cfg.BoolOpt(
            "skip_cpu_compare_at_startup", default=False, help="Skip CPU comparison at startup."
        ),
        cfg.BoolOpt(
            "skip_cpu_compare_on_dest",
            default=False,
            help="Skip CPU comparison at migration destination.",
        ),
        cfg.BoolOpt(
            "skip_hypervisor_version_check_on_lm",
            default=False,
            help="Skip hypervisor version check on migration.",
        ),
        cfg.BoolOpt(
            "skip_reserve_in_use_ironic_nodes",
            default=False,
            help="Do not reserve occupied Ironic nodes.",
        ),
        cfg.BoolOpt(
            "unified_limits_count_pcpu_as_vcpu", default=False, help="Count PCPU toward VCPU limit."
        ),
        cfg.ListOpt(
            "wait_for_vif_plugged_event_during_hard_reboot",
            default=[],
            item_type=types.String(
                choices=[
                    "normal",
                    "direct",
                    "macvtap",
                    "baremetal",
                    "direct-physical",
                    "virtio-forwarder",
                    "smart-nic",
                    "vdpa",
                    "accelerator-direct",
                    "accelerator-direct-physical",
                    "remote-managed",
                ]
            ),
            help="VNIC types awaited during hard reboot.",
        ),
    ),
)
