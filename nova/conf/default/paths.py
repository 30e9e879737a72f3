"""Where this process keeps its files, and how it gains privileges."""

from pathlib import Path

from oslo_config import cfg

from nova.conf.section import Section

PACKAGE_PARENT = str(Path(__file__).parents[3])

SECTION = Section(
    None,
    (
        cfg.StrOpt(
            "pybasedir",
            default=PACKAGE_PARENT,
            sample_default="<directory that holds the nova package>",
            help="Installed package directory, base for default paths.",
        ),
        cfg.StrOpt("state_path", default="$pybasedir", help="Top-level state directory."),
        cfg.StrOpt("tempdir", help="Override temporary directory."),
        cfg.StrOpt(
            "rootwrap_config",
            default="/etc/nova/rootwrap.conf",
            help="Rootwrap configuration path.",
        ),
        cfg.BoolOpt("use_rootwrap_daemon", default=False, help="Use long-lived rootwrap helper."),
    ),
)
