"""Disks, snapshots and files of libvirt guests."""

from oslo_config import cfg

from nova.conf.libvirt.group import GROUP
from nova.conf.section import Section

SECTION = Section(
    GROUP,
    (
        cfg.ListOpt("disk_cachemodes", default=[], help="Cache mode per source type."),
        cfg.StrOpt("disk_prefix", help="Override disk device name prefix."),
        cfg.StrOpt(
            "hw_disk_discard", choices=["ignore", "unmap"], help="Discard mode for managed disks."
        ),
        cfg.IntOpt(
            "images_address_space_limit", default=2, help="GiB address space cap for qemu-img."
        ),
        cfg.IntOpt("images_cpu_time_limit", default=30, help="CPU seconds cap for qemu-img."),
        cfg.StrOpt(
            "images_rbd_ceph_conf", default="", help="Ceph configuration for instance disks."
        ),
        cfg.IntOpt(
            "images_rbd_glance_copy_poll_interval",
            default=15,
            help="Seconds between polls of image store copy.",
        ),
        cfg.IntOpt(
            "images_rbd_glance_copy_timeout",
            default=600,
            help="Seconds to wait for image store copy.",
        ),
        cfg.StrOpt(
            "images_rbd_glance_store_name",
            default="",
            help="Glance store matching local RBD cluster.",
        ),
        cfg.StrOpt("images_rbd_pool", default="rbd", help="Pool for instance disks."),
        cfg.StrOpt(
            "images_type",
            default="default",
            choices=["raw", "flat", "qcow2", "lvm", "rbd", "ploop", "default"],
            help="Instance disk backend.",
        ),
        cfg.StrOpt("images_volume_group", help="LVM group for instance disks."),
        cfg.BoolOpt("inject_key", default=False, help="Inject SSH key at boot."),
        cfg.IntOpt(
            "inject_partition", default=-2, min=-2, help="Partition selection for file injection."
        ),
        cfg.BoolOpt(
            "inject_password", default=False, help="Inject admin password at boot or rebuild."
        ),
        cfg.IntOpt(
            "rbd_destroy_volume_retries", default=12, min=0, help="RBD disk delete attempts."
        ),
        cfg.IntOpt(
            "rbd_destroy_volume_retry_interval",
            default=5,
            min=0,
            help="Seconds between RBD delete attempts.",
        ),
        cfg.StrOpt("rescue_image_id", help="Default rescue image."),
        cfg.StrOpt("rescue_kernel_id", help="Default rescue kernel."),
        cfg.StrOpt("rescue_ramdisk_id", help="Default rescue ramdisk."),
        cfg.BoolOpt("snapshot_compression", default=False, help="Compress qcow2 snapshots."),
        cfg.StrOpt(
            "snapshot_image_format",
            choices=["raw", "qcow2", "vmdk", "vdi"],
            help="Force snapshot image format.",
        ),
        cfg.StrOpt(
            "snapshots_directory",
            default="$instances_path/snapshots",
            help="Snapshot working directory.",
        ),
        cfg.BoolOpt(
            "sparse_logical_volumes",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="18.0.0",
            help="Thin LVM volumes.",
        ),
        cfg.StrOpt(
            "volume_clear",
            default="zero",
            choices=["zero", "shred", "none"],
            help="Wipe method for deleted LVM disks.",
        ),
        cfg.IntOpt("volume_clear_size", default=0, min=0, help="MiB wiped from start; zero all."),
    ),
)
