"""The report that SIGUSR2 asks for: what this process is, does and was told."""

from oslo_config import cfg

from nova import version


class _Package:
    """As oslo.reports asks for it."""

    def vendor_string(self) -> str:
        return version.VENDOR

    def product_string(self) -> str:
        return version.PRODUCT

    def version_string_with_package(self) -> str:
        return version.RELEASE


def report_of(program: str, conf: cfg.ConfigOpts | None) -> str:
    """Versions, stacks of all threads, processes and options (secrets are masked)."""
    from oslo_reports import report
    from oslo_reports.generators import conf as options
    from oslo_reports.generators import process, threading
    from oslo_reports.generators import version as versions

    text = report.TextReport(f"Report of {program}")
    text.add_section("Package", versions.PackageReportGenerator(_Package()))
    text.add_section("Threads", threading.ThreadReportGenerator())
    text.add_section("Green Threads", threading.GreenThreadReportGenerator())
    text.add_section("Processes", process.ProcessReportGenerator())
    if conf is not None:
        text.add_section("Configuration", options.ConfigReportGenerator(conf))
    return str(text.run())
