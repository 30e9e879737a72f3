"""Who this host is on the network."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.HostDomainOpt(
            "host",
            sample_default="<host name>",
            help="Service host identity, queue name and port binding host.",
        ),
        cfg.StrOpt(
            "my_ip",
            sample_default="<primary IPv4 address of this host>",
            help="Management address of this host.",
        ),
        cfg.StrOpt(
            "my_block_storage_ip", default="$my_ip", help="Local address given to volume connector."
        ),
        cfg.StrOpt(
            "my_shared_fs_storage_ip",
            default="$my_ip",
            help="Local address granted access to shares.",
        ),
        cfg.StrOpt(
            "console_host",
            sample_default="<host name>",
            help="Public console host name reported by this compute.",
        ),
        cfg.StrOpt(
            "default_access_ip_network_name", help="Network whose address becomes accessIPv4/v6."
        ),
    ),
)
