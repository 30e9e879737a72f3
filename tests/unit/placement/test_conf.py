"""A process with a bad configuration does not start, and says why in one line."""

from pathlib import Path

import pytest

from nova.cmd import placement_api
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
def test_bad_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, said: str
) -> None:
    path = tmp_path / "placement.conf"
    path.write_text(f"[placement_database]\n{lines}\n")
    assert placement_api.main(["--config-file", str(path), "--port", "0"]) == 1
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert placement_api.main(["--config-file", str(tmp_path / "none.conf")]) == 1
    assert "none.conf" in capsys.readouterr().err
