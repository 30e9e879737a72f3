"""Reaching volumes and shares from a libvirt host."""

from oslo_config import cfg

from nova.conf.libvirt.group import GROUP
from nova.conf.section import Section

SECTION = Section(
    GROUP,
    (
        cfg.ListOpt("ceph_mount_options", help="Options for CephFS share mounts."),
        cfg.StrOpt(
            "ceph_mount_point_base",
            default="$state_path/mnt",
            help="Parent directory of CephFS share mounts.",
        ),
        cfg.StrOpt(
            "iscsi_iface",
            deprecated_opts=[cfg.DeprecatedOpt("iscsi_transport", group="libvirt")],
            help="iSCSI transport interface.",
        ),
        cfg.BoolOpt("iser_use_multipath", default=False, help="Multipath for iSER volumes."),
        cfg.StrOpt("nfs_mount_options", help="Options for NFS mounts."),
        cfg.StrOpt(
            "nfs_mount_point_base",
            default="$state_path/mnt",
            help="Parent directory of NFS mounts.",
        ),
        cfg.IntOpt("num_aoe_discover_tries", default=3, help="AoE rediscovery attempts."),
        cfg.IntOpt("num_iser_scan_tries", default=5, help="iSER scan attempts."),
        cfg.IntOpt("num_nvme_discover_tries", default=5, help="NVMe rediscovery attempts."),
        cfg.IntOpt(
            "num_volume_scan_tries",
            default=5,
            deprecated_opts=[cfg.DeprecatedOpt("num_iscsi_scan_tries", group="libvirt")],
            help="Volume scan attempts.",
        ),
        cfg.StrOpt(
            "quobyte_client_cfg",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Quobyte client configuration.",
        ),
        cfg.StrOpt(
            "quobyte_mount_point_base",
            default="$state_path/mnt",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Parent directory of Quobyte mounts.",
        ),
        cfg.IntOpt("rbd_connect_timeout", default=5, help="RADOS connect timeout."),
        cfg.StrOpt("rbd_secret_uuid", help="Secret UUID for RBD user."),
        cfg.StrOpt("rbd_user", help="RADOS user for volumes."),
        cfg.StrOpt(
            "smbfs_mount_options",
            default="",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Options for SMB mounts.",
        ),
        cfg.StrOpt(
            "smbfs_mount_point_base",
            default="$state_path/mnt",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Parent directory of SMB mounts.",
        ),
        cfg.BoolOpt(
            "use_default_aio_mode_for_volumes", default=False, help="Leave AIO mode to QEMU."
        ),
        cfg.BoolOpt(
            "volume_enforce_multipath",
            default=False,
            help="Fail attach when multipathd is missing.",
        ),
        cfg.BoolOpt(
            "volume_use_multipath",
            default=False,
            deprecated_opts=[cfg.DeprecatedOpt("iscsi_use_multipath", group="libvirt")],
            help="Use multipath for iSCSI/FC volumes.",
        ),
        cfg.StrOpt("vzstorage_cache_path", help="Virtuozzo SSD cache path."),
        cfg.StrOpt(
            "vzstorage_log_path",
            default="/var/log/vstorage/%(cluster_name)s/nova.log.gz",
            help="Virtuozzo client log path.",
        ),
        cfg.StrOpt("vzstorage_mount_group", default="qemu", help="Virtuozzo mount group."),
        cfg.ListOpt("vzstorage_mount_opts", default=[], help="Virtuozzo mount options."),
        cfg.StrOpt("vzstorage_mount_perms", default="0770", help="Virtuozzo mount permissions."),
        cfg.StrOpt(
            "vzstorage_mount_point_base",
            default="$state_path/mnt",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Parent directory of Virtuozzo mounts.",
        ),
        cfg.StrOpt(
            "vzstorage_mount_user",
            default="stack",
            deprecated_for_removal=True,
            deprecated_since="31.0.0",
            help="Virtuozzo mount user.",
        ),
    ),
)
