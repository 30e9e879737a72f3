"""What every change has to pass, in minutes: from nothing to nothing.

It happens apart from the machine: with networks, processes and mounts of its own, so that
it meets nobody there, and leaves nothing when it ends, in whatever way.  As a program,
this module is what runs inside.
"""

import signal
import subprocess
import sys
from pathlib import Path

from tools.daemons.process import Failed, run
from tools.gate_parts import checks, environments, seed, tempest
from tools.gate_parts.cloud import Cloud
from tools.gate_parts.layout import ROOT, Layout
from tools.quickstart_parts.progress import Progress

# Broad, with few guests, and few classes: each makes accounts and networks of its own.
SELECTION = (
    "admin.test_(aggregates|hosts|hypervisor|keypairs|migrations|services)",
    "admin.test_(flavors|quotas).(Flavors|Quotas)Admin",
    "flavors.test_flavors.", "keypairs", "limits", "test_quotas", "test_versions",
    "floating_ips.test_floating_ips_actions.FloatingIPsAssociation",
    "security_groups.test_security_groups.", "servers.test_create_server.ServersTestJSON",
    "servers.test_(novnc|server_metadata.|server_tags|server_group.ServerGroupTest)",
    "servers.test_servers_negative.ServersNegativeTestJSON",
)
# Seconds.
PATIENCE = 1200
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
    # Whatever ends this process, or makes it late, ends all that runs inside.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("gate: told to end"))
    left = PATIENCE - progress.elapsed()
    try:
        code = subprocess.call([*APART, *inside], cwd=ROOT, timeout=left)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {PATIENCE} s") from None
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
