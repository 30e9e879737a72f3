"""Options of the group cinder."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("cinder", "Block storage client"),
    (
        cfg.StrOpt(
            "catalog_info",
            default="volumev3::publicURL",
            regex=r"^[\w-]+:\w*:.*$",
            help="Service catalog match type:name:interface.",
        ),
        cfg.BoolOpt(
            "cross_az_attach", default=True, help="Allow volume and server in different AZs."
        ),
        cfg.BoolOpt("debug", default=False, help="Verbose cinder client and os-brick logs."),
        cfg.StrOpt("endpoint_template", help="Explicit endpoint template overriding catalog."),
        cfg.IntOpt("http_retries", default=3, min=0, help="Client retries on failed call."),
        cfg.StrOpt("os_region_name", help="Region for catalog lookup."),
    ),
)
