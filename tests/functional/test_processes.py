"""Each process by itself: it refuses what is wrong in one line, reports, and ends when told."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tools.daemons.process import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
DAEMONS = ("api", "conductor", "scheduler", "compute", "placement_api")
WITH_DATABASE = ("api", "conductor", "scheduler", "placement_api")
TOOLS = {
    "manage": ("cell_v2", "list_cells"),
    "placement_manage": ("db", "version"),
    "placement_status": ("upgrade", "check"),
}


def options(state, **changes):
    """What a process needs; nobody listens where the broker and the identity service are."""
    nowhere = free_port()
    values = {
        ("DEFAULT", "transport_url"): f"rabbit://guest:guest@127.0.0.1:{nowhere}/",
        ("DEFAULT", "compute_driver"): "fake.FakeDriver",
        ("DEFAULT", "osapi_compute_listen"): "127.0.0.1",
        ("DEFAULT", "osapi_compute_listen_port"): 0,
        ("DEFAULT", "state_path"): state,
        ("DEFAULT", "manager_shutdown_timeout"): 1,
        ("DEFAULT", "graceful_shutdown_timeout"): 20,
        ("api_database", "connection"): f"sqlite:///{state}/api.sqlite",
        ("database", "connection"): f"sqlite:///{state}/cell1.sqlite",
        ("monitoring", "port"): 0,
    }
    for group in ("keystone_authtoken", "placement", "neutron", "service_user", "keystone"):
        values |= _login(group, nowhere)
    return values | {tuple(name.split("__")): value for name, value in changes.items()}


def placement_options(state, **changes):
    values = {
        ("placement_database", "connection"): f"sqlite:///{state}/placement.sqlite",
        ("placement_database", "sync_on_startup"): True,
        **_login("keystone_authtoken", free_port()),
    }
    return values | {tuple(name.split("__")): value for name, value in changes.items()}


def _login(group, port):
    login = {"auth_type": "password", "auth_url": f"http://127.0.0.1:{port}/v3",
             "username": "nova", "password": "hidden-from-all", "project_name": "service",
             "user_domain_id": "default", "project_domain_id": "default"}  # fmt: skip
    return {(group, name): value for name, value in login.items()}


def configured(name, state, **changes):
    """The command of the program with a file of its options."""
    of = placement_options if name.startswith("placement") else options
    path = state / "options.conf"
    with path.open("w") as file:
        for (group, option), value in of(state, **changes).items():
            file.write(f"[{group}]\n{option} = {value}\n")
    command = [sys.executable, "-W", "ignore", "-m", f"nova.cmd.{name}"]
    if name in ("placement_manage", "placement_status", "manage"):
        return [*command, "--config-file", str(path), *TOOLS[name]]
    door = ["--host", "127.0.0.1", "--port", "0"] if name == "placement_api" else []
    return [*command, "--config-file", str(path), *door]


def refusal(name, state, **changes):
    """Exit code and lines on stderr."""
    done = subprocess.run(configured(name, state, **changes), cwd=ROOT, capture_output=True,
                          text=True, timeout=PATIENCE, check=False)  # fmt: skip
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("name", [*DAEMONS, *TOOLS])
def test_an_unknown_option_is_one_line(name, tmp_path):
    group = "placement" if name.startswith("placement") else "DEFAULT"
    code, lines = refusal(name, tmp_path, **{f"{group}__no_such_option": "1"})
    # What `upgrade check` answers, 1 and 2 among it, are findings.
    assert (code, len(lines)) == (255 if name.endswith("status") else 1, 1), lines
    assert "no_such_option" in lines[0]


@pytest.mark.parametrize("name", [*WITH_DATABASE, "manage", "placement_manage"])
@pytest.mark.parametrize("url", ["nonsense", "oracle9://127.0.0.1/nova"])
def test_a_wrong_database_url_is_one_line(name, url, tmp_path):
    group = "placement_database" if name.startswith("placement") else "api_database"
    code, lines = refusal(name, tmp_path, **{f"{group}__connection": url})
    assert (code, len(lines)) == (1, 1), lines
    assert "database" in lines[0].lower()


def test_a_tempdir_that_is_not_there_is_one_line(tmp_path):
    code, lines = refusal("api", tmp_path, DEFAULT__tempdir=tmp_path / "missing")
    assert (code, len(lines)) == (1, 1), lines
    assert "tempdir is no directory" in lines[0]


class Program:
    """Started, and seen to log that it starts (or, placement, that it listens)."""

    def __init__(self, name, state, **changes):
        self.log = state / f"{name}.log"
        with self.log.open("w") as log:
            command = configured(name, state, **changes)
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log,
                                             stderr=subprocess.STDOUT)  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def wait_for(self, text):
        for _ in range(PATIENCE * 20):
            if text in self.log.read_text():
                return
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(self.log.read_text())

    def tell(self, number):
        self._process.send_signal(number)

    def end(self):
        return self._process.wait(PATIENCE)


@pytest.mark.parametrize("name", DAEMONS)
def test_it_reports_and_ends_also_when_its_cloud_is_not_there(name, tmp_path):
    with Program(name, tmp_path) as program:
        program.wait_for("is ready" if name == "placement_api" else "starts")
        program.tell(signal.SIGUSR2)
        program.wait_for("max_pool_size" if name == "placement_api" else "max_concurrent_builds")
        report = program.log.read_text()
        assert "Threads" in report
        assert "hidden-from-all" not in report
        program.tell(signal.SIGTERM)
        assert program.end() == 0, program.log.read_text()


FIRST_WORDS = {"osapi_compute": b"{\"versions\"", "metadata": b"1.0"}


@pytest.mark.parametrize("served", ["metadata", "osapi_compute,metadata"])
def test_nova_api_serves_what_it_is_told_to(served, tmp_path):
    ports = {"osapi_compute": free_port(), "metadata": free_port()}
    chosen = {f"DEFAULT__{name}_listen_port": port for name, port in ports.items()}
    chosen |= {"DEFAULT__enabled_apis": served, "DEFAULT__metadata_listen": "127.0.0.1"}
    with Program("api", tmp_path, **chosen) as program:
        program.wait_for("is ready")
        for name, port in ports.items():
            assert first_words(port, len(FIRST_WORDS[name])) == (
                FIRST_WORDS[name] if name in served else None
            )
        program.tell(signal.SIGTERM)
        assert program.end() == 0, program.log.read_text()


def test_options_that_may_change_do_so_while_it_runs(tmp_path):
    with Program("api", tmp_path) as program:
        program.wait_for("is ready")
        file = tmp_path / "options.conf"
        before = file.read_text()
        file.write_text(before + "[DEFAULT]\ndebug = true\nosapi_compute_listen_port = 1\n")
        program.tell(signal.SIGHUP)
        program.wait_for("was read again: [DEFAULT]debug changed")
        assert "osapi_compute_listen_port" in program.log.read_text(), "the library warns"
        file.write_text("debug = true without a group\n")
        program.tell(signal.SIGHUP)
        program.wait_for("The configuration stays as it is: ")
        program.tell(signal.SIGTERM)
        assert program.end() == 0, program.log.read_text()


def first_words(port, length):
    """Of what is answered at `/`; None where nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            return answer.read(length)
    except urllib.error.URLError:
        return None


def test_nova_api_that_serves_nothing_says_so(tmp_path):
    code, (line,) = refusal("api", tmp_path, DEFAULT__enabled_apis="")
    assert code == 1 and "enabled_apis" in line


LOADED = """
import sys
from nova import conf
from nova.cmd import {name}, process
options = conf.load("nova-{name}", sys.argv[1:], parsed=process.choose_concurrency)
{name}.build(options)
print(*(found for found, module in sys.modules.items() if module))
"""
SQL = {"sqlalchemy", "alembic", "nova.db"}
OTHERS = {"api": {"nova.compute", "nova.conductor", "nova.virt.libvirt", "libvirt", "eventlet"},
          "conductor": {"nova.compute", "nova.api", "nova.virt.libvirt", "libvirt", "eventlet"},
          "scheduler": {"nova.compute", "nova.api", "nova.virt.libvirt", "libvirt", "eventlet"},
          "compute": {"nova.conductor", "nova.api", "nova.scheduler", "eventlet", *SQL}}


@pytest.mark.parametrize("name", OTHERS)
def test_it_loads_what_it_may(name, tmp_path):
    """nova-compute needs no options of databases, and loads nothing that could use them."""
    *_, file = configured(name, tmp_path)
    if name == "compute":
        kept = [part for part in Path(file).read_text().split("\n[") if "sqlite" not in part]
        Path(file).write_text("\n[".join(kept))
    done = subprocess.run([sys.executable, "-c", LOADED.format(name=name), "--config-file", file],
                          cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert f"nova.cmd.{name}" in loaded
    assert loaded & OTHERS[name] == set()
