"""Disks of a guest and files put into it."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.StrOpt(
            "instances_path",
            default="$state_path/instances",
            help="Directory holding instance disks and metadata.",
        ),
        cfg.BoolOpt("force_raw_images", default=True, help="Convert cached base images to raw."),
        cfg.BoolOpt(
            "use_cow_images", default=True, help="Use qcow2 overlays on cached base images."
        ),
        cfg.StrOpt(
            "preallocate_images",
            default="none",
            choices=["none", "space"],
            help="Preallocate disk space for instance images.",
        ),
        cfg.StrOpt("default_ephemeral_format", help="Filesystem used to format ephemeral disks."),
        cfg.MultiStrOpt(
            "virt_mkfs", default=[], help="Per-OS format commands for ephemeral disks."
        ),
        cfg.BoolOpt(
            "resize_fs_using_block_device",
            default=False,
            help="Grow guest filesystem through a block device.",
        ),
        cfg.IntOpt("timeout_nbd", default=10, min=0, help="Seconds to await NBD device."),
        cfg.StrOpt(
            "config_drive_format",
            default="iso9660",
            choices=["iso9660", "vfat"],
            deprecated_for_removal=True,
            deprecated_since="19.0.0",
            help="Filesystem of the config drive image.",
        ),
        cfg.BoolOpt("force_config_drive", default=False, help="Give every server a config drive."),
        cfg.StrOpt(
            "mkisofs_cmd", default="genisoimage", help="Executable building ISO config drives."
        ),
        cfg.BoolOpt(
            "flat_injected",
            default=False,
            help="Inject static network config into guest or config drive.",
        ),
        cfg.StrOpt(
            "injected_network_template",
            default="$pybasedir/nova/virt/interfaces.template",
            help="Template for injected interfaces file.",
        ),
    ),
)
