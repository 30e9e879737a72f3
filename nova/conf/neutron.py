"""Options of the group neutron."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("neutron", "Network client"),
    (
        cfg.StrOpt("default_floating_pool", default="nova", help="Default floating IP pool."),
        cfg.IntOpt(
            "extension_sync_interval", default=600, min=0, help="Seconds extension list is cached."
        ),
        cfg.IntOpt("http_retries", default=3, min=0, help="Client retries on failed call."),
        cfg.StrOpt(
            "metadata_proxy_shared_secret",
            default="",
            secret=True,
            help="Secret validating metadata proxy signature.",
        ),
        cfg.StrOpt("ovs_bridge", default="br-int", help="Integration bridge name."),
        cfg.ListOpt(
            "physnets", default=[], help="Physical networks needing NUMA affinity sections."
        ),
        cfg.BoolOpt("service_metadata_proxy", default=False, help="Trust metadata proxy headers."),
    ),
)
