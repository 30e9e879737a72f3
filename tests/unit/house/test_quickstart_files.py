"""The configuration files that the quickstart writes."""

import pytest

import nova.conf
from nova.placement import conf as placement_conf
from tools.quickstart_parts import files
from tools.quickstart_parts.layout import PORTS, Layout


@pytest.fixture
def layout(tmp_path):
    (tmp_path / "etc").mkdir()
    layout = Layout(tmp_path, dict(PORTS), password="secret", virt_type="qemu")
    files.write_all(layout, "rabbit://guest:guest@127.0.0.1:5672/")
    return layout


def test_controllers_accept_their_file(layout):
    conf = nova.conf.load("nova-api", [], [str(layout.nova_conf)])
    assert conf.api_database.connection.endswith("nova_api.sqlite")
    assert conf.osapi_compute_listen_port == 8774


def test_computes_accept_theirs_and_learn_of_no_database(layout):
    conf = nova.conf.load("nova-compute", [], [str(layout.compute_conf)])
    assert conf.libvirt.virt_type == "qemu"
    assert conf.database.connection is None
    assert conf.api_database.connection is None
    assert "sqlite" not in layout.compute_conf.read_text()


def test_placement_accepts_its_file(layout):
    conf = placement_conf.new_config()
    placement_conf.read(conf, [], [str(layout.placement_conf)])
    assert conf.placement_database.sync_on_startup is True


def test_passwords_are_for_the_owner_only(layout):
    for path in (layout.nova_conf, layout.compute_conf, layout.placement_conf):
        assert path.stat().st_mode & 0o077 == 0


def test_choices_survive_a_restart(tmp_path):
    first = Layout(tmp_path, {"compute": 1234}, password="secret", virt_type="kvm")
    first.save()
    assert Layout.load(tmp_path) == first
