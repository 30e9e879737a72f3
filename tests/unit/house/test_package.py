"""What setup.cfg promises exists."""

import configparser
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def entry_points():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for group, text in setup["options.entry_points"].items():
        for line in filter(None, text.splitlines()):
            name, _, target = line.partition("=")
            yield pytest.param(*target.strip().split(":"), id=f"{group}:{name.strip()}")


@pytest.mark.parametrize(("module", "function"), entry_points())
def test_an_entry_point_leads_somewhere(module, function):
    assert callable(getattr(importlib.import_module(module), function))


def test_every_program_is_an_entry_point():
    files = [*(ROOT / "nova" / "cmd").rglob("*.py"), ROOT / "nova" / "standalone" / "launch.py"]
    mains = {
        _module(path)
        for path in files
        if path.exists()
        and re.search(r"^def main\(argv|^def main\(arguments", path.read_text(), re.M)
    }
    assert mains <= {point.values[0] for point in entry_points()}


def _module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_migrations_are_part_of_the_package():
    assert (ROOT / "nova" / "migrations").resolve() == ROOT / "migrations"


def test_units_start_programs_that_exist():
    setup = (ROOT / "setup.cfg").read_text()
    for unit in (ROOT / "etc" / "nova" / "systemd").glob("*.service"):
        assert f"    {unit.stem} = " in setup
        assert f"ExecStart=/usr/bin/{unit.stem} " in unit.read_text()
