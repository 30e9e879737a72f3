"""How the gate configures and starts this project's services, through the DevStack plugin."""

from pathlib import Path

import pytest

from nova.conf import load
from tools.gate_parts import ours, plugin
from tools.gate_parts.ci import REGEX
from tools.gate_parts.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.load(tmp_path / "gate", None)


def test_each_service_is_started_with_a_file_that_was_written(layout: Layout) -> None:
    service = ours.nova(layout)
    service.write()
    assert {one.name for one in service.processes} >= {"nova-placement", "nova-api", "nova-compute"}
    for process in service.processes:
        argv = list(process.argv)
        assert Path(argv[argv.index("--config-file") + 1]).exists(), process.name
    asked = {one.name: one.url for one in service.processes if one.url}
    assert asked == {name: layout.url(port, "/") for name, port in ours.PORTS.items()}


def test_what_the_gate_wants_wins(layout: Layout) -> None:
    ours.nova(layout).write()
    api = load("nova-api", [], [str(layout.etc / "nova.conf")])
    assert (api.quota.instances, api.osapi_compute_listen) == (-1, "127.0.0.1")
    compute = load("nova-compute", [], [str(layout.etc / "nova-compute.conf")])
    assert compute.libvirt.connection_uri.endswith(f"{layout.state}/libvirt/run/libvirt-sock")
    assert compute.database.connection is None


def test_passwords_are_nobody_elses_to_read(layout: Layout) -> None:
    ours.nova(layout).write()
    for name in ("nova.conf", "nova-compute.conf", "placement.conf"):
        assert (layout.etc / name).stat().st_mode & 0o077 == 0, name


def test_accounts_are_those_of_the_plugin(layout: Layout) -> None:
    told = plugin.call(layout, "_nova_accounts")
    assert ["user", "nova", "admin"] in told
    endpoints = {call[1]: call[3] for call in told if call[0] == "endpoint"}
    assert endpoints == {
        "compute": layout.url("compute", "/v2.1"), "placement": layout.url("placement"),
    }


def test_ports_are_kept(layout: Layout) -> None:
    assert len(set(layout.ports.values())) == len(layout.ports)
    assert Layout.load(layout.state, None).ports == layout.ports


def test_what_each_change_has_to_pass_is_of_the_compute_api() -> None:
    assert REGEX.startswith(r"^tempest\.api\.compute\.(") and r"admin\.test_" in REGEX
