"""What every change has to pass, in minutes: from nothing to nothing.

It happens apart from the machine: with networks, processes and mounts of its own, so that
it meets nobody there, and leaves nothing when it ends, in whatever way.  As a program,
this module is what runs inside.
"""

import subprocess
import sys
from pathlib import Path

from tools.daemons.process import Failed, run
from tools.gate_parts import checks, environments, seed, tempest
from tools.gate_parts.cloud import Cloud
from tools.gate_parts.layout import ROOT, Layout
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
APART = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# What programs would share by names of files.
SHARED = (Path("/run/openvswitch"), Path("/run/ovn"), Path("/run/netns"))


def judge(layout: Layout, progress: Progress, concurrency: int) -> int:
    """Exit code 0 when all of it passed."""
    # The network is needed for these.
    with progress.step("packages and environments"):
        environments.install(layout, volumes=False)
        seed.guest()
    inside = [sys.executable, "-m", __spec__.name, str(layout.state), str(layout.venvs),
              str(concurrency)]
    code = subprocess.call([*APART, *inside], cwd=ROOT)
    progress.say(f"the gate {'failed' if code else 'passed'} in {progress.elapsed():.0f} s")
    return code


def _apart() -> None:
    run(["ip", "link", "set", "lo", "up"])
    for place in SHARED:
        place.mkdir(parents=True, exist_ok=True)
        run(["mount", "-t", "tmpfs", "none", str(place)])


def _inside(layout: Layout, progress: Progress, concurrency: int) -> int:
    cloud = Cloud(layout, progress, volumes=False)
    try:
        cloud.up()
        failed = checks.check(layout, progress)
        begin = progress.elapsed()
        failed |= tempest.test(layout, tempest.Run(REGEX, concurrency, quick=True))
        progress.say(f"Tempest took {progress.elapsed() - begin:.0f} s")
    finally:
        with progress.step("stopping"):
            cloud.down(purge=False)
    return failed


if __name__ == "__main__":
    _apart()
    state, venvs, many = sys.argv[1:]
    try:
        sys.exit(_inside(Layout.load(Path(state), Path(venvs)), Progress(), int(many)))
    except (Failed, OSError) as problem:
        sys.exit(f"gate: {problem}")
