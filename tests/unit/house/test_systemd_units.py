"""The units that operators are given."""

import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from nova.conf import new_config

ROOT = Path(__file__).resolve().parents[3]
UNITS = sorted((ROOT / "etc/nova/systemd").glob("*.service"))


def unit(path: Path) -> ConfigParser:
    found = ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(path)
    return found


def scripts() -> set[str]:
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    lines = setup["options.entry_points"]["console_scripts"].split("\n")
    return {line.partition("=")[0].strip() for line in lines if line.strip()}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_it_starts_what_is_installed(path: Path) -> None:
    program = Path(unit(path)["Service"]["ExecStart"].split()[0])
    assert program.parent == Path("/usr/bin")
    assert program.name == path.stem and program.name in scripts()


@pytest.mark.parametrize("name", ["api", "compute", "conductor", "scheduler"])
def test_a_process_ends_by_itself_before_it_is_killed(name: str) -> None:
    own = new_config().graceful_shutdown_timeout
    path = next(path for path in UNITS if path.stem == f"nova-{name}")
    assert int(unit(path)["Service"]["TimeoutStopSec"]) > own


def test_nobody_takes_disks_of_guests_from_compute() -> None:
    """Units with a state directory in common, and users of their own, would in turns."""
    keepers = [path.stem for path in UNITS if "StateDirectory" in unit(path)["Service"]]
    assert keepers == ["nova-compute"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_them(tmp_path: Path) -> None:
    program = shutil.which("true")
    for path in UNITS:
        text = path.read_text().replace(f"/usr/bin/{path.stem} ", f"{program} ")
        (tmp_path / path.name).write_text(text.replace("User=nova", "User=root"))
    files = [str(tmp_path / path.name) for path in UNITS]
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True
    )
    assert said.returncode == 0 and not said.stderr, said.stderr
