"""Options of the group glance."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("glance", "Image client"),
    (
        cfg.ListOpt(
            "api_servers",
            deprecated_for_removal=True,
            deprecated_since="21.0.0",
            help="Explicit image endpoints.",
        ),
        cfg.BoolOpt("debug", default=False, help="Verbose image client logs."),
        cfg.ListOpt(
            "default_trusted_certificate_ids", default=[], help="Default trusted certificate list."
        ),
        cfg.BoolOpt(
            "enable_certificate_validation",
            default=False,
            deprecated_for_removal=True,
            deprecated_since="16.0.0",
            help="Validate image signing certificates.",
        ),
        cfg.BoolOpt("enable_rbd_download", default=False, help="Fetch images straight from RBD."),
        cfg.IntOpt("num_retries", default=3, min=0, help="Upload/download retries."),
        cfg.StrOpt("rbd_ceph_conf", default="", help="Ceph configuration for direct download."),
        cfg.IntOpt("rbd_connect_timeout", default=5, help="RADOS connect timeout."),
        cfg.StrOpt("rbd_pool", default="", help="Pool holding glance images."),
        cfg.StrOpt("rbd_user", default="", help="RADOS user for image access."),
        cfg.BoolOpt(
            "verify_glance_signatures", default=False, help="Verify image signatures on download."
        ),
    ),
)
