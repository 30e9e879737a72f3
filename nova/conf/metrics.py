"""Options of the group metrics."""

from oslo_config import cfg

from nova.conf.section import Group, Section

SECTION = Section(
    Group("metrics", "Metrics weigher"),
    (
        cfg.BoolOpt(
            "required", default=True, help="Unavailable metrics raise rather than penalize."
        ),
        cfg.FloatOpt("weight_multiplier", default=1.0, help="Strength of metrics weigher."),
        cfg.FloatOpt(
            "weight_of_unavailable", default=-10000.0, help="Weight used for missing metrics."
        ),
        cfg.ListOpt("weight_setting", default=[], help="metric=ratio list."),
    ),
)
