"""The first command of the README, on a real machine."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        os.geteuid() != 0 or not os.environ.get("NOVA_TEST_LIBVIRT_URI"),
        reason="needs root and libvirt",
    ),
]


def quickstart(state, *arguments):
    command = [sys.executable, str(ROOT / "tools/quickstart"), *arguments]
    return subprocess.run(
        [*command, "--state-dir", str(state)],
        env={**os.environ, "NOVA_VIRT_TYPE": os.environ.get("NOVA_VIRT_TYPE", "qemu")},
        capture_output=True,
        text=True,
        timeout=500,
    )


def lines(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return set(done.stdout.split("\n"))


def host_state(state):
    """What a cloud could leave behind on this host."""
    links = {line.split("@")[0].split(" ")[0] for line in lines("ip", "-br", "link")}
    processes = {
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if str(state).encode() in _read(path)
    }
    return {
        "links": links,
        "processes": processes,
        "filters": lines("nft", "list", "tables"),
        "domains": lines("virsh", "-c", "qemu:///system", "list", "--all", "--name"),
        "namespaces": lines("ip", "netns", "list"),
        "mounts": {line for line in lines("cat", "/proc/mounts") if str(state) in line},
    }


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def state():
    # Below /var/tmp and not in pytest's own place, which QEMU's user may not enter.
    directory = Path(tempfile.mkdtemp(prefix="nova-quickstart-", dir="/var/tmp"))
    directory.chmod(0o755)
    yield directory / "cloud"
    quickstart(directory / "cloud", "down")
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def untouched(state):
    return host_state(state)


@pytest.fixture(scope="module")
def cloud(state, untouched):
    done = quickstart(state, "up", "--no-install")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_guest_runs_and_the_user_is_told_how_to_go_on(cloud):
    assert "NOVA GUEST READY hello 10.30.0." in cloud
    assert "0% packet loss" in cloud
    assert "tools/quickstart down" in cloud


def test_everything_is_said_to_run(cloud, state):
    done = quickstart(state, "status")
    assert done.returncode == 0
    assert "does not run" not in done.stdout


def test_the_demo_user_can_log_in_to_the_guest(cloud, state):
    address = next(
        word for line in cloud.splitlines() if "GUEST READY" in line for word in line.split()[-1:]
    )
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    done = subprocess.run(
        ["ssh", *options, "-i", str(state / "demo_key"), f"root@{address}", "hostname"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "hello\n", done.stderr


def test_a_restarted_process_comes_back(cloud, state):
    assert quickstart(state, "restart", "nova-conductor").returncode == 0
    assert quickstart(state, "status").returncode == 0


def test_running_it_again_changes_nothing(cloud, state):
    done = quickstart(state, "up", "--no-install")
    assert done.returncode == 0, done.stderr
    assert "creating the server" not in done.stdout


def test_down_leaves_nothing_behind(cloud, state, untouched):
    done = quickstart(state, "down")
    assert done.returncode == 0, done.stderr
    assert not state.exists()
    assert host_state(state) == untouched
