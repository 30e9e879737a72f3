"""A process with a bad configuration does not start, and says why in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from nova.cmd import placement_api
from nova.core.clock import RealClock
from nova.placement import conf, errors


def _read(folder: Path, text: str) -> None:
    path = folder / "placement.conf"
    path.write_text(text)
    conf.read(conf.new_config(), [], [str(path)])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[placement]\nmax_candidates = 3\n", "[placement]max_candidates"),
        ("[placment]\nrandomize_allocation_candidates = true\n", "[placment]randomize"),
        ("[DEFAULT]\ndebugg = true\n", "[DEFAULT]debugg"),
        ("[placement]\nmax_allocation_candidates = many\n", "max_allocation_candidates"),
        ("[api]\nauth_strategy = nobody\n", "auth_strategy"),
        ("no section", "no section"),
    ],
)
def test_what_nobody_knows_is_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(errors.CannotStart, match=named.replace("[", r"\[")):
        _read(tmp_path, text)


def test_options_of_libraries_and_old_names_are_known(tmp_path: Path) -> None:
    _read(
        tmp_path,
        "[DEFAULT]\ndebug = true\nlog_file = x\nlog-config = \n"
        "[keystone_authtoken]\nauth_type = password\nauth_url = http://x\nusername = u\n"
        "password = p\nproject_name = s\nmemcache_servers = localhost:11211\n"
        "memcached_servers = localhost:11211\nwww_authenticate_uri = http://x\n"
        "service_token_roles_required = true\n"
        "[oslo_policy]\npolicy_file = p.yaml\n"
        "[cors]\nallowed_origin = http://x\n",
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "connection is not set"),
        ("connection = nonsense", "Bad database URL"),
        ("connection = oracle2://x/y", "Bad database URL"),
        ("connection = sqlite:////nonexistent/place/x.db", "unable to open database file"),
        ("connection = sqlite://", "not up to date"),
        ("speed = 3", "[placement_database]speed"),
    ],
)
def test_bad_start(tmp_path: Path, lines: str, said: str) -> None:
    path = tmp_path / "placement.conf"
    path.write_text(f"[placement_database]\n{lines}\n")
    with pytest.raises(errors.CannotStart) as told:
        placement_api.open_database(placement_api.configure([str(path)]), RealClock())
    assert said in told.value.message


def test_a_process_that_cannot_start_says_so_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "placement.conf"
    path.write_text("[placement_database]\nconnection = sqlite:////nonexistent/place/x.db\n")
    command = [sys.executable, "-m", "nova.cmd.placement_api", "--config-file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "unable to open database file" in done.stderr


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert placement_api.main(["--config-file", str(tmp_path / "none.conf")]) == 1
    assert "none.conf" in capsys.readouterr().err
