"""What a process does with the files it is given."""

import sys
from pathlib import Path

import pytest
from oslo_config import cfg

import nova.conf


@pytest.fixture
def write(tmp_path):
    def write(text, name="nova.conf"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def refused(capsys, path, **kwargs):
    """The line with which a process refuses to start."""
    with pytest.raises(SystemExit) as stop:
        nova.conf.load("nova-api", [], [str(path)], **kwargs)
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nova-api: ")
    return line


def test_values_come_from_the_file(write):
    conf = nova.conf.load(
        "nova-api", [], [str(write("[DEFAULT]\nhost = one\n[quota]\ncores = 7\n"))]
    )
    assert (conf.host, conf.quota.cores, conf.quota.ram) == ("one", 7, 51200)


def test_later_files_win(write, tmp_path):
    first = write("[quota]\ncores = 1\nram = 1\n", "a.conf")
    second = write("[quota]\ncores = 2\n", "b.conf")
    argv = ["--config-file", str(first), "--config-file", str(second)]
    conf = nova.conf.load("nova-api", argv)
    assert (conf.quota.cores, conf.quota.ram) == (2, 1)


def test_every_file_of_a_directory_is_checked(write, tmp_path, capsys):
    write("[quota]\ncores = 1\n", "a.conf")
    write("[quota]\ncoers = 1\n", "b.conf")
    with pytest.raises(SystemExit):
        nova.conf.load("nova-api", ["--config-dir", str(tmp_path)])
    assert "b.conf: [quota]coers" in capsys.readouterr().err


def test_unknown_option_with_a_hint(write, capsys):
    line = refused(capsys, write("[quota]\ncoers = 7\n"))
    assert line.endswith("[quota]coers is not an option (did you mean cores?)")


def test_unknown_group(write, capsys):
    assert "there is no such group" in refused(capsys, write("[qouta]\ncores = 7\n"))


@pytest.mark.parametrize(
    "text",
    [
        "[quota]\ncores = many\n",
        "[vnc]\nnovncproxy_port = 99999\n",
        "[scheduler]\nmax_attempts = 0\n",
        "[libvirt]\nvirt_type = xen\n",
        "[cinder]\ncatalog_info = volumev3\n",
        "[oslo_concurrency]\ndisable_process_locking = perhaps\n",
        "[monitoring]\nlisten = not an address\n",
    ],
)
def test_wrong_values(write, capsys, text):
    option = text.split("\n")[1].split(" ")[0]
    assert option in refused(capsys, write(text))


def test_all_mistakes_are_told_at_once(write, capsys):
    line = refused(capsys, write("[quota]\ncores = many\nrma = 1\n"))
    assert "cores = many" in line
    assert "rma" in line


def test_missing_file(tmp_path, capsys):
    assert "absent.conf" in refused(capsys, tmp_path / "absent.conf")


def test_file_that_is_not_a_configuration(write, capsys):
    assert "nova.conf:1" in refused(capsys, write("what is this\n"))


def test_old_names_still_work(write):
    text = "[DEFAULT]\nquota_cores = 3\n[devices]\nenabled_vgpu_types = a\n[vgpu_a]\n"
    conf = nova.conf.load("nova-api", [], [str(write(text + "device_addresses = 0:1.2\n"))])
    assert conf.quota.cores == 3
    assert conf.mdev_a.device_addresses == ["0:1.2"]


def test_groups_named_by_values(write):
    text = "[neutron]\nphysnets = Left\n[neutron_physnet_Left]\nnuma_nodes = 0,1\n"
    conf = nova.conf.load("nova-compute", [], [str(write(text))])
    assert conf["neutron_physnet_Left"].numa_nodes == [0, 1]


def test_group_of_a_network_that_is_not_named(write, capsys):
    refused(capsys, write("[neutron_physnet_left]\nnuma_nodes = 0,1\n"))


LIBRARY_FILE = """
[DEFAULT]
debug = true
log_file = /tmp/log
[database]
connection = sqlite://
[oslo_concurrency]
lock_path = /tmp
[oslo_policy]
policy_file = policy.yaml
[cors]
allowed_origin = http://example.org
[cache]
enabled = true
[oslo_limit]
endpoint_id = 1
auth_type = password
auth_url = http://example.org
username = nova
[neutron]
auth_type = password
auth_url = http://example.org
username = nova
region_name = one
[placement]
auth_section = shared
[shared]
auth_type = v3token
auth_url = http://example.org
token = x
"""


def test_options_of_libraries_are_known(write):
    conf = nova.conf.load("nova-api", [], [str(write(LIBRARY_FILE))])
    assert conf.debug is True
    assert conf.placement.auth_section == "shared"


def test_options_of_another_auth_plugin_are_not(write, capsys):
    text = "[neutron]\nauth_type = v3token\nauth_url = http://x\nusername = nova\n"
    assert "[neutron]username" in refused(capsys, write(text))


def test_auth_plugin_that_does_not_exist(write, capsys):
    assert "[neutron]auth_type = magic" in refused(capsys, write("[neutron]\nauth_type = magic\n"))


def test_hooks_see_what_they_are_promised(write):
    seen = []

    def prepare(conf):
        conf.register_cli_opt(cfg.BoolOpt("quiet"))

    conf = nova.conf.load(
        "nova-manage",
        ["--quiet", "--vnc-novncproxy_port", "7000"],
        [str(write("[quota]\ncores = 2\n"))],
        arguments={"vnc": ("novncproxy_port",)},
        prepare=prepare,
        parsed=lambda conf: seen.append(conf.quota.cores),
    )
    assert seen == [2]
    assert conf.quiet is True
    assert conf.vnc.novncproxy_port == 7000


def test_no_file_at_all_is_fine():
    assert nova.conf.load("nova-api", [], []).quota.cores == 20


def test_import_loads_no_http_database_or_messaging_library(tmp_path):
    import subprocess

    code = (
        "import sys, nova.conf.loading\n"
        "heavy = {'requests', 'sqlalchemy', 'eventlet', 'oslo_messaging', 'libvirt'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    root = Path(nova.conf.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=60)
