"""Debian packages and Python environments of the other services."""

import subprocess
import sys
from pathlib import Path

from tools.daemons.process import Failed, in_parallel, run
from tools.gate_parts.layout import Layout
from tools.quickstart_parts import packages

PURPOSES = packages.PURPOSES | {"database", "gate"}
# The newest releases whose Neutron still has its own server process and talks to the
# OVN of Debian 12; and what they forget to name.
SERVICES = ("keystone<28", "glance<31", "neutron<27")
VOLUMES = ("cinder<27",)
BESIDE = ("PyMySQL", "pymemcache", "python-memcached", "pyuwsgi", "setuptools<80")
TEMPEST = ("tempest",)
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def install(layout: Layout, *, volumes: bool) -> None:
    """Raises Failed."""
    missing = packages.missing(PURPOSES)
    if missing:
        packages.install(missing)
    wanted = SERVICES + (VOLUMES if volumes else ()) + BESIDE
    in_parallel([
        lambda: environment(layout.services, wanted, ("-c", str(CONSTRAINTS))),
        lambda: environment(layout.tempest, TEMPEST),
    ])


def environment(place: Path, wanted: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
    """Made where it is missing, completed where it lacks something; `more` is for pip."""
    stamp = place / "installed"
    present = set(stamp.read_text().splitlines()) if stamp.exists() else set()
    if set(wanted) <= present:
        return
    run([_system_python(), "-m", "venv", str(place)])
    interpreter = place / "bin" / "python"
    _pip(interpreter, "--upgrade", "pip", "wheel")
    _pip(interpreter, *more, *sorted(present | set(wanted)))
    stamp.write_text("\n".join(sorted(present | set(wanted))) + "\n")


def _system_python() -> str:
    """Not that of an environment, so that environments do not stand on each other."""
    return str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


def _pip(interpreter: Path, *arguments: str) -> None:
    command = [str(interpreter), "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"pip install {' '.join(arguments)}: {done.stderr[-1500:]}")
