"""The Python environment in which checks and tests run."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.daemons.process import Failed

TESTING = frozenset({"mysql", "postgresql", "test"})


def python(root: Path, extras: frozenset[str] = TESTING) -> Path:
    """The interpreter to use: that of the active environment, or of root/.venv."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        return Path(active, "bin", "python")
    return prepared(root, root / ".venv", extras)


def prepared(root: Path, directory: Path, extras: frozenset[str]) -> Path:
    """An environment in `directory` with the project; made or completed when needed."""
    interpreter = directory / "bin" / "python"
    if _can_build_libvirt():
        extras |= {"libvirt"}
    stamp = directory / "installed"
    declared, *present = stamp.read_text().split() if stamp.exists() else [""]
    if declared == _fingerprint(root) and extras <= set(present):
        return interpreter
    extras |= set(present)
    if not interpreter.exists():
        _run([sys.executable, "-m", "venv", str(directory)])
    print(f"installing the project and its libraries into {directory}: a minute ...", flush=True)
    wanted = f"{root}[{','.join(sorted(extras))}]"
    _run([str(interpreter), "-m", "pip", "install", "--quiet", "--editable", wanted])
    stamp.write_text("\n".join([_fingerprint(root), *sorted(extras)]) + "\n")
    return interpreter


def _can_build_libvirt() -> bool:
    """The binding is built from source against the headers of the machine's libvirt."""
    config = shutil.which("pkg-config")
    return bool(config) and subprocess.call([str(config), "--exists", "libvirt"]) == 0


def _fingerprint(root: Path) -> str:
    declared = (root / "setup.cfg").read_bytes()
    return hashlib.sha256(declared + sys.version.encode()).hexdigest()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failed(f"failed: {' '.join(command)}\n{done.stdout[-3000:]}")
