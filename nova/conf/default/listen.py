"""Where the HTTP services listen when they run as processes of their own."""

from oslo_config import cfg, types

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.ListOpt(
            "enabled_apis",
            default=["osapi_compute"],
            item_type=types.String(choices=["osapi_compute", "metadata"]),
            help="What nova-api serves; nova-metadata-api serves metadata by itself.",
        ),
        cfg.HostAddressOpt(
            "osapi_compute_listen",
            default="0.0.0.0",
            help="Address on which the compute API listens.",
        ),
        cfg.PortOpt(
            "osapi_compute_listen_port",
            default=8774,
            help="Port on which the compute API listens.",
        ),
        cfg.HostAddressOpt(
            "metadata_listen",
            default="0.0.0.0",
            help="Address on which the metadata API listens.",
        ),
        cfg.PortOpt(
            "metadata_listen_port",
            default=8775,
            help="Port on which the metadata API listens.",
        ),
    ),
)
