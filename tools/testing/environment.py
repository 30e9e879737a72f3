"""The Python environment in which checks and tests run."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.daemons.process import Failed

_EXTRAS = ("mysql", "postgresql", "test")


def python(root: Path) -> Path:
    """The interpreter to use: that of the active environment, or of root/.venv."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        return Path(active, "bin", "python")
    return prepared(root, root / ".venv", _EXTRAS)


def prepared(root: Path, directory: Path, extras: tuple[str, ...]) -> Path:
    """An environment in `directory` with the project; made or completed when needed."""
    interpreter = directory / "bin" / "python"
    extras = (*extras, *(["libvirt"] if _can_build_libvirt() else []))
    stamp = directory / "installed"
    wanted = _fingerprint(root, extras)
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter
    if not interpreter.exists():
        _run([sys.executable, "-m", "venv", str(directory)])
    print(f"installing the project and its libraries into {directory} ...", flush=True)
    install = [str(interpreter), "-m", "pip", "install", "--quiet"]
    _run([*install, "--upgrade", "pip", "setuptools", "wheel"])
    _run([*install, "--editable", f"{root}[{','.join(extras)}]"])
    stamp.write_text(wanted)
    return interpreter


def _can_build_libvirt() -> bool:
    """The binding is built from source against the headers of the machine's libvirt."""
    config = shutil.which("pkg-config")
    return bool(config) and subprocess.call([str(config), "--exists", "libvirt"]) == 0


def _fingerprint(root: Path, extras: tuple[str, ...]) -> str:
    declared = (root / "setup.cfg").read_bytes() + ",".join(extras).encode()
    return hashlib.sha256(declared + sys.version.encode()).hexdigest()


def _run(command: list[str]) -> None:
    if subprocess.call(command) != 0:
        raise Failed(f"failed: {' '.join(command)}")
