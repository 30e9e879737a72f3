"""What every change has to pass, in minutes: from nothing to nothing."""

from tools.gate_parts import checks, tempest
from tools.gate_parts.cloud import Cloud
from tools.gate_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

# Broad, and with few guests; no more than a handful of boots.
SELECTION = (
    "flavors", "keypairs", "limits", "security_groups", "test_extensions", "test_quotas",
    "test_versions", "admin.test_(agents|aggregates|availability|flavors|hypervisor|keypairs)",
    "admin.test_(quotas|security_groups|services|simple_tenant_usage|server_external_events)",
    "floating_ips", "servers.test_(availability_zone|servers_negative|server_metadata)",
    "servers.test_(create_server|novnc|server_group)",
)
REGEX = r"^tempest\.api\.compute\.(" + "|".join(one.replace(".", r"\.") for one in SELECTION) + ")"


def run(cloud: Cloud, layout: Layout, progress: Progress, concurrency: int) -> int:
    """Exit code 0 when all of it passed."""
    try:
        cloud.up()
        failed = checks.check(layout, progress)
        begin = progress.elapsed()
        failed |= tempest.test(layout, tempest.Run(REGEX, concurrency, quick=True))
        progress.say(f"Tempest took {progress.elapsed() - begin:.0f} s")
    finally:
        with progress.step("stopping"):
            cloud.down(purge=False)
    progress.say(f"the gate {'failed' if failed else 'passed'} in {progress.elapsed():.0f} s")
    return failed
