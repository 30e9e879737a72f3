"""nova-standalone as its users meet it: a command, a clouds.yaml, the stock clients."""

import hmac
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import openstack
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
ANY_PORTS = [f"--{name}-port=0" for name in
             ("compute", "metadata", "placement", "identity", "image", "network")]  # fmt: skip
PATIENCE = 60


class Standalone:
    """The command, running, once it has said that it is ready."""

    def __init__(self, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nova.standalone.launch", *ANY_PORTS, *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told = ""
        while "Ctrl-C" not in self.told:
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(f"it ended: {self._process.communicate()}")
            self.told += line
        self.clouds = re.search(r"OS_CLIENT_CONFIG_FILE=(\S+)", self.told)[1]

    def end(self, number=signal.SIGTERM):
        """Exit code and what it wrote to stderr."""
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, errors

    def connect(self, name="demo"):
        config = openstack.config.OpenStackConfig(config_files=[self.clouds])
        return openstack.connection.Connection(config=config.get_one(cloud=name))

    def openstack(self, *arguments):
        """The stock command; what it printed as JSON."""
        env = {**os.environ, "OS_CLIENT_CONFIG_FILE": self.clouds, "OS_CLOUD": "demo",
               "PYTHONWARNINGS": "ignore"}  # fmt: skip
        command = [str(Path(sys.executable).with_name("openstack")), *arguments, "-f", "json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("standalone") / "state"


@pytest.fixture(scope="module")
def running(state):
    cloud = Standalone("--state-dir", str(state))
    yield cloud
    assert cloud.end() == (0, "")


def boot(demo, name):
    server = demo.create_server(name, image="tiny", flavor="m1.tiny", network="private",
                                wait=True, timeout=PATIENCE)  # fmt: skip
    assert server.status == "ACTIVE"
    return server


def becomes(demo, server, status):
    return demo.compute.wait_for_server(server, status=status, interval=0.1, wait=PATIENCE)


def test_a_server_from_its_first_to_its_last_day(running):
    demo = running.connect()
    server = boot(demo, "first")
    assert server.addresses["private"][0]["addr"].startswith("10.30.0.")
    assert "console" in demo.compute.get_server_console_output(server)["output"].lower()
    demo.compute.pause_server(server)
    becomes(demo, server, "PAUSED")
    demo.compute.unpause_server(server)
    becomes(demo, server, "ACTIVE")
    demo.compute.stop_server(server)
    becomes(demo, server, "SHUTOFF")
    demo.compute.start_server(server)
    becomes(demo, server, "ACTIVE")
    demo.delete_server(server.id, wait=True, timeout=PATIENCE)
    assert not list(demo.compute.servers())
    assert not list(demo.network.ports(device_id=server.id))


def test_what_is_there_from_the_start(running):
    demo = running.connect()
    flavors = {flavor.name: flavor.ram for flavor in demo.compute.flavors()}
    assert flavors["m1.tiny"] == 512
    image = demo.image.find_image("tiny")
    content = demo.image.download_image(image).content
    assert content[510:512] == b"\x55\xaa"
    assert len(content) == image.size
    admin = running.connect("admin")
    binaries = {one.binary: one.state for one in admin.compute.services()}
    assert binaries == dict.fromkeys(("nova-conductor", "nova-scheduler", "nova-compute"), "up")


def test_only_the_owner_reads_what_is_kept(running, state):
    secret = [path for path in state.iterdir() if path.suffix in (".sqlite", ".conf", ".log")]
    assert len(secret) >= 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_placement_is_served_to_its_clients(running):
    admin = running.connect("admin")
    [provider] = admin.placement.resource_providers()
    assert provider.name == "compute1"


def test_a_guest_is_told_who_it_is(running, state):
    """As the embedded network's proxy asks for it."""
    demo = running.connect()
    server = boot(demo, "asking")
    secret = (state / "metadata_secret").read_text().strip()
    port = re.search(r"metadata_listen_port = (\d+)", (state / "nova.conf").read_text())[1]
    signature = hmac.new(secret.encode(), server.id.encode(), "sha256").hexdigest()
    headers = {"X-Instance-ID": server.id, "X-Tenant-ID": server.project_id,
               "X-Instance-ID-Signature": signature}  # fmt: skip
    url = f"http://127.0.0.1:{port}/openstack/latest/meta_data.json"
    assert requests.get(url, headers=headers, timeout=20).json()["name"] == "asking"
    assert requests.get(url, headers={**headers, "X-Instance-ID-Signature": "0"},
                        timeout=20).status_code == 403  # fmt: skip
    demo.delete_server(server.id, wait=True, timeout=PATIENCE)


def test_strangers_are_refused(running):
    endpoint = running.connect().endpoint_for("compute")
    demo = running.connect()
    answer = demo.session.get(f"{endpoint}/servers", authenticated=False,
                              headers={"X-Auth-Token": "nonsense"}, raise_exc=False)  # fmt: skip
    assert answer.status_code == 401


def test_the_stock_command(running):
    made = running.openstack("server", "create", "--flavor", "m1.tiny", "--image", "tiny",
                             "--network", "private", "--wait", "by-command")  # fmt: skip
    assert made["status"] == "ACTIVE"
    running.connect().delete_server(made["id"], wait=True, timeout=PATIENCE)


def test_a_restart_keeps_servers_and_forgets_nothing_that_was_removed(tmp_path):
    state = tmp_path / "state"
    first = Standalone("--state-dir", str(state))
    demo = first.connect()
    kept, stopped = boot(demo, "kept"), boot(demo, "stopped")
    demo.compute.stop_server(stopped)
    becomes(demo, stopped, "SHUTOFF")
    first.connect("admin").delete_flavor("m1.xlarge")
    assert first.end(signal.SIGINT) == (0, "")
    second = Standalone("--state-dir", str(state))
    demo = second.connect()
    assert {s.name: s.status for s in demo.compute.servers()} == {
        "kept": "ACTIVE", "stopped": "SHUTOFF"}  # fmt: skip
    assert not demo.compute.find_flavor("m1.xlarge")
    demo.compute.start_server(stopped)
    becomes(demo, stopped, "ACTIVE")
    demo.compute.reboot_server(kept, "HARD")
    becomes(demo, kept, "ACTIVE")
    for server in (kept, stopped):
        demo.delete_server(server.id, wait=True, timeout=PATIENCE)
    assert second.end() == (0, "")


def test_several_hosts_and_nothing_kept():
    cloud = Standalone("--memory", "--computes", "2")
    place = Path(cloud.clouds).parent
    boot(cloud.connect(), "short-lived")
    hosts = {one.name for one in cloud.connect("admin").compute.hypervisors()}
    assert hosts == {"compute1", "compute2"}
    assert cloud.end() == (0, "")
    assert not place.exists()


def refused(*arguments):
    """Exit code and lines on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "nova.standalone.launch", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("name", ["compute", "network"])
def test_a_taken_port_is_one_line(tmp_path, name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, lines = refused("--state-dir", str(tmp_path), *ANY_PORTS, f"--{name}-port={port}")
    assert (code, len(lines)) == (1, 1), lines
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in lines[0]


def test_a_place_that_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    code, lines = refused("--state-dir", str(tmp_path / "file"))
    assert (code, len(lines)) == (1, 1), lines
    assert "cannot use" in lines[0]


def test_two_clouds_in_one_place_is_one_line(running, state):
    code, lines = refused("--state-dir", str(state), *ANY_PORTS)
    assert (code, len(lines)) == (1, 1), lines
    assert "another cloud is running there" in lines[0]


def test_a_mistake_in_own_options_is_one_line(tmp_path):
    mine = tmp_path / "mine.conf"
    mine.write_text("[DEFAULT]\nreport_intervall = 5\n")
    code, lines = refused("--memory", *ANY_PORTS, "--config-file", str(mine))
    assert (code, len(lines)) == (1, 1), lines
    assert "report_interval?" in lines[0]


def test_a_port_that_is_none():
    code, lines = refused("--compute-port", "70000")
    assert code == 2
    assert "70000 is not a port" in lines[-1]
