"""Checks that need no test: style, layers, types, house rules."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def checks(python: Path) -> dict[str, Sequence[str]]:
    """Name and command of each check."""
    bin_folder = python.parent
    return {
        "style": (str(bin_folder / "ruff"), "check", "--quiet", "."),
        "layers": (str(bin_folder / "lint-imports"), "--no-logo"),
        "types": (str(python), "-m", "mypy"),
        "house rules": (str(python), "tools/house-rules"),
    }


def run(python: Path, root: Path) -> bool:
    """Run all checks, also after one failed; True when all are content."""
    passed = [_passes(name, command, root) for name, command in checks(python).items()]
    return all(passed)


def _passes(name: str, command: Sequence[str], root: Path) -> bool:
    done = subprocess.run(
        command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode != 0:
        print(done.stdout, flush=True)
    return done.returncode == 0
