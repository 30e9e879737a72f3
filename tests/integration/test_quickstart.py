"""The first command of the README, on a real machine."""

import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from tests.websocket import Refused, WebSocket

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


def openstack(state, *arguments):
    """The stock command as the demo user; what it printed."""
    env = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(state / "clouds.yaml"), "OS_CLOUD": "demo",
           "PYTHONWARNINGS": "ignore"}  # fmt: skip
    form = [] if "-f" in arguments else ["-f", "value"]
    command = [str(Path(sys.executable).with_name("openstack")), *arguments, *form]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def way_to(state, kind):
    """Port and path of a web socket to a console of the guest, with a new token."""
    told = openstack(state, "--os-compute-api-version", "2.6", "console", "url", "show",
                     f"--{kind}", "hello", "-c", "url")  # fmt: skip
    url = urlparse(told)
    path = parse_qs(url.query)["path"][0] if kind == "novnc" else f"?{url.query}"
    return url.port, f"/{path}"


def socket_of(state, kind, **headers):
    return WebSocket(*way_to(state, kind), **headers)


def test_the_screen_of_the_guest_can_be_seen(cloud, state):
    screen = socket_of(state, "novnc")
    assert screen.read(12) == b"RFB 003.008\n"
    screen.send(b"RFB 003.008\n")
    assert screen.read(2) == b"\x01\x01", "one way to log in, which is none"
    screen.send(b"\x01")
    assert screen.read(4) == bytes(4)
    screen.send(b"\x01")
    width, height = struct.unpack("!HH", screen.read(4))
    assert width >= 640 and height >= 400
    screen.read(16)
    (length,) = struct.unpack("!I", screen.read(4))
    assert screen.read(length).startswith(b"QEMU")
    screen.send(struct.pack("!BBHHHH", 3, 0, 0, 0, 8, 8))
    assert screen.read(1) == b"\x00", "a piece of the picture"
    screen.close()


def test_the_serial_line_of_the_guest_can_be_used(cloud, state):
    line = socket_of(state, "serial", Origin="http://127.0.0.1")
    deadline = time.monotonic() + 60
    while True:
        line.send(b"\necho $((6 * 7)) is $(hostname)\n")
        try:
            assert line.read_until(b"42 is hello")
            break
        except TimeoutError:  # the shell may have been slower than its greeting
            assert time.monotonic() < deadline
    line.close()


def test_pages_of_others_get_no_console(cloud, state):
    with pytest.raises(Refused) as refused:
        socket_of(state, "serial", Origin="http://elsewhere.example")
    assert refused.value.status == 403


def test_tokens_end(cloud, state):
    port, path = way_to(state, "serial")
    cell = sqlite3.connect(state / "nova_cell1.sqlite", timeout=30)
    with cell:
        assert cell.execute("UPDATE console_auth_tokens SET expires = 1").rowcount > 0
    cell.close()
    with pytest.raises(Refused) as refused:
        WebSocket(port, path)
    assert refused.value.status == 403


ASKER = r"""#!/bin/sh
ask() { # METHOD PATH [BODY]: what the metadata service answers
    printf '%s %s HTTP/1.0\r\nHost: 169.254.169.254\r\nContent-Length: %s\r\n\r\n%s' \
        "$1" "$2" "${#3}" "$3" | nc -w 10 169.254.169.254 80 | sed '1,/^.\{0,1\}$/d'
}
echo "POSTED $(ask POST /openstack/latest/password c2VjcmV0)"
echo "EC2 $(ask GET /latest/meta-data/instance-id) $(ask GET /2009-04-04/meta-data/local-hostname)"
echo "OPENSTACK $(ask GET /openstack/latest/meta_data.json)"
echo "$(hostname) RAN ITS USER DATA"
"""


def test_a_guest_without_a_config_drive_asks_who_it_is(cloud, state, tmp_path):
    """In both forms of the metadata service; it also leaves a password there."""
    script = tmp_path / "user-data"
    script.write_text(ASKER)
    network = openstack(state, "network", "show", "private", "-c", "id")
    uuid = openstack(state, "--os-compute-api-version", "2.90", "server", "create", "asker",
                     "--image", "tiny", "--flavor", "tiny", "--nic", f"net-id={network},tag=front",
                     "--user-data", str(script), "--property", "purpose=proof", "--wait",
                     "-c", "id")  # fmt: skip
    deadline = time.monotonic() + 180
    while "asker RAN ITS USER DATA" not in (told := console_log(state, "asker")):
        assert time.monotonic() < deadline, told
        time.sleep(2)
    assert "NOVA GUEST READY asker 10.30.0." in told
    assert re.search(r"EC2 i-[0-9a-f]{8} asker", told)
    meta = json.loads(re.search(r"OPENSTACK ([^\r\n]*)", told)[1])
    assert (meta["uuid"], meta["name"], meta["meta"]) == (uuid, "asker", {"purpose": "proof"})
    (nic,) = meta["devices"]
    assert (nic["type"], nic["bus"], nic["tags"]) == ("nic", "pci", ["front"])
    assert password_of(state, uuid) == "c2VjcmV0"


def password_of(state, uuid):
    """What the guest told of its password, for its owner to decrypt."""
    token = openstack(state, "token", "issue", "-c", "id")
    url = openstack(state, "catalog", "show", "compute", "-c", "endpoints", "-f", "json")
    base = next(one["url"] for one in json.loads(url)["endpoints"] if one["interface"] == "public")
    request = urllib.request.Request(
        f"{base}/servers/{uuid}/os-server-password", headers={"X-Auth-Token": token}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["password"]


def console_log(state, name):
    logs = state.glob("instances/*/console.log")
    return "".join(log.read_text(errors="replace") for log in logs)


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
