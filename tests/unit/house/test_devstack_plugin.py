"""What DevStack is told by devstack/plugin.sh, with DevStack's functions written down."""

import configparser
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from nova.conf import load
from nova.placement.conf import list_opts as placement_options

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = """
set -eu
tell() { local word; for word; do printf '%s\\t' "$word"; done >>"$TOLD"; echo >>"$TOLD"; }
for name in define_plugin enable_service setup_develop create_service_user run_process \\
    stop_process get_or_create_service get_or_create_endpoint get_or_add_user_project_role \\
    recreate_database iniset placement-manage wait_for_service virsh; do
    eval "$name() { tell $name \\"\\$@\\"; }"
done
nova-manage() {
    tell nova-manage "$@"
    [[ "$*" != *discover_hosts ]] || touch "$DATA_DIR/mapped"
    [[ "$*" != *list_hosts || ! -e "$DATA_DIR/mapped" ]] || echo "| cell1 | 1 | $(hostname) |"
}
# What it has already.
openstack() {
    tell openstack "$@"
    [[ "$*" != *" show "* || "$*" == *" show 1" ]]
}
is_service_enabled() { [[ "$1" == tempest || "$1" == tls-proxy ]]; }
sleep() { :; }
sudo() { "$@"; }
install() { mkdir -p "${@: -1}"; }
which() { echo "/bin/$1"; }
get_transport_url() { echo rabbit://guest:guest@127.0.0.1:5672/; }
database_connection_url() { echo "sqlite:///$DATA_DIR/$1"; }
DEST=/opt/stack REGION_NAME=RegionOne SERVICE_PASSWORD=secret SERVICE_PROJECT_NAME=service
SERVICE_DOMAIN_NAME=Default SERVICE_HOST=127.0.0.1 SERVICE_LISTEN_ADDRESS=0.0.0.0
HOST_IP=127.0.0.1 SSL_BUNDLE_FILE=/ca.pem TEMPEST_CONFIG=/tempest.conf SERVICE_TIMEOUT=60
ENABLE_DEBUG_LOG_LEVEL=True KEYSTONE_SERVICE_URI=http://127.0.0.1/identity STACK_USER=stack
source devstack/settings
"""
TRUSTING = ("placement", "neutron", "glance", "cinder", "keystone", "service_user")
PHASES = ("stack install", "stack post-config", "stack extra", "stack test-config", "unstack ''",
          "clean ''")


@pytest.fixture
def told(tmp_path: Path) -> list[list[str]]:
    """DevStack's functions in the order in which the plugin called them, with arguments."""
    calls = "\n".join(f"set -- {phase}; source devstack/plugin.sh" for phase in PHASES)
    env = {"TOLD": str(tmp_path / "told"), "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin",
           "NOVA_PLUGIN_CONF_DIR": str(tmp_path / "etc")}
    subprocess.run(["bash", "-c", FUNCTIONS + calls], cwd=ROOT, env=env, check=True, timeout=60)
    return [line.split("\t")[:-1] for line in (tmp_path / "told").read_text().splitlines()]


@pytest.fixture
def files(told: list[list[str]], tmp_path: Path) -> dict[str, Path]:
    """The configuration files it would write."""
    written: dict[str, configparser.ConfigParser] = defaultdict(
        lambda: configparser.ConfigParser(interpolation=None, default_section="")
    )
    for call in told:
        if call[0] == "iniset":
            _, path, group, name, value = call
            if not written[path].has_section(group):
                written[path].add_section(group)
            written[path].set(group, name, value)
    for path, parser in written.items():
        with (tmp_path / Path(path).name).open("w") as file:
            parser.write(file)
    return {Path(path).name: tmp_path / Path(path).name for path in written}


@pytest.mark.parametrize("name", ["nova.conf", "nova-compute.conf"])
def test_our_options_are_what_it_writes(files: dict[str, Path], name: str) -> None:
    """A mistake would end the loading."""
    conf = load("nova-conductor", [], [str(files[name])])
    assert conf.service_user.send_service_user_token
    # That of Neutron's agents, unless they are told another.
    assert conf.neutron.metadata_proxy_shared_secret == ""
    assert {conf[group].cafile for group in TRUSTING} == {"/ca.pem"}
    has_database = conf.database.connection is not None
    assert has_database == (name == "nova.conf")


def test_placement_knows_its_options(files: dict[str, Path]) -> None:
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    parser.read(files["placement.conf"])
    known = {group: {one.dest for one in options} for group, options in placement_options()}
    assert set(parser["placement_database"]) <= known["placement_database"]


def test_what_starts_is_enabled_and_ends(told: list[list[str]]) -> None:
    scripts = (ROOT / "setup.cfg").read_text()
    started = {call[1]: call[2].split()[0] for call in told if call[0] == "run_process"}
    enabled = {name for call in told if call[0] == "enable_service" for name in call[1:]}
    assert set(started) == enabled == {call[1] for call in told if call[0] == "stop_process"}
    assert all(f"{Path(program).name} = " in scripts for program in started.values())


def test_databases_are_there_before_schemas(told: list[list[str]]) -> None:
    order = [" ".join(call) for call in told if call[0] in ("recreate_database", "nova-manage",
                                                            "placement-manage")]
    made = [index for index, line in enumerate(order) if line.startswith("recreate")]
    assert made == [0, 1, 2, 3]


def test_the_host_is_mapped_once_it_told_of_itself(told: list[list[str]]) -> None:
    steps = [f"{call[0]} {call[-1]}" for call in told]
    asked = [index for index, step in enumerate(steps) if step == "nova-manage list_hosts"]
    found = steps.index("nova-manage discover_hosts")
    started = max(index for index, call in enumerate(told) if call[0] == "run_process")
    assert started < asked[0] < found < asked[1] and len(asked) == 2


def test_only_compute_runs_as_root(told: list[list[str]]) -> None:
    users = {call[1]: call[4] for call in told if call[0] == "run_process" and len(call) > 4}
    assert users == {"nova-compute": "root"}


def test_flavors_that_are_missing_are_made(told: list[list[str]]) -> None:
    calls = [call for call in told if call[0] == "openstack" and "create" in call]
    assert [call[call.index("--id") + 1] for call in calls] == ["2", "3", "4", "5"]
    assert calls[0][-7:] == ["--ram", "2048", "--disk", "20", "--vcpus", "1", "m1.small"]


def test_tempest_hears_of_our_services(files: dict[str, Path]) -> None:
    parser = configparser.ConfigParser()
    parser.read(files["tempest.conf"])
    assert parser["service_available"]["nova"] == "True"
    offered = parser["compute-feature-enabled"]
    assert (offered["rescue"], offered["resize"]) == ("True", "False")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shell_is_well_written() -> None:
    scripts = ["devstack/plugin.sh", "devstack/settings", "tools/make-guest-image"]
    done = subprocess.run(["shellcheck", "-s", "bash", *scripts], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_packages_for_hosts_are_those_of_the_project() -> None:
    """DevStack installs no hypervisor where its own Nova is switched off."""
    lines = (ROOT / "tools" / "packages.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    hypervisor = {package for purpose, package in rows if purpose == "hypervisor"}
    named = set((ROOT / "devstack" / "files" / "debs" / "nova").read_text().split())
    pages = {"novnc"}
    assert hypervisor | pages <= named <= {package for _, package in rows} | pages
