"""Names of availability zones."""

from oslo_config import cfg

from nova.conf.section import Section

SECTION = Section(
    None,
    (
        cfg.StrOpt(
            "default_availability_zone",
            default="nova",
            help="AZ shown for computes outside any AZ aggregate.",
        ),
        cfg.StrOpt("default_schedule_zone", help="AZ applied when a create request names none."),
        cfg.StrOpt(
            "internal_service_availability_zone",
            default="internal",
            help="AZ label for non-compute services.",
        ),
    ),
)
