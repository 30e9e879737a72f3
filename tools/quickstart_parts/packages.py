"""Debian packages: what is missing, and installing it without starting services."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.daemons.process import Failed
from tools.quickstart_parts.layout import ROOT

PURPOSES = frozenset({"python", "broker", "hypervisor", "network", "guest"})
_POLICY = Path("/usr/sbin/policy-rc.d")


def missing(purposes: frozenset[str] = PURPOSES) -> list[str]:
    """Packages of these purposes that are not installed."""
    return sorted(package for package in _wanted(purposes) if not installed(package))


def install(packages: list[str]) -> None:
    """Raises Failed."""
    if os.geteuid() != 0:
        raise Failed(f"these packages are missing, and only root can install: {packages}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "-qq"]
    with _no_service_starts():
        subprocess.run([*get, "update"], env=env, stdout=subprocess.DEVNULL)
        done = subprocess.run(
            [*get, "install", "-y", "--no-install-recommends", *packages],
            env=env,
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        raise Failed(f"apt-get could not install: {done.stderr.strip()[-600:]}")


def _wanted(purposes: frozenset[str]) -> set[str]:
    lines = (ROOT / "tools" / "packages.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {package for purpose, package in rows if purpose in purposes}


def installed(package: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    done = subprocess.run(query, capture_output=True, text=True)
    return done.stdout.endswith("ok installed")


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """What we need is started by us, in a place of our own."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
