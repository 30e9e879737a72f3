"""A guest that is reached from outside, and that reached the metadata service."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.daemons.process import Failed, run
from tools.gate_parts import seed
from tools.gate_parts.checks.need import need, same
from tools.gate_parts.layout import Layout

NAME = "gate-login"
PATIENCE = 300


def login(layout: Layout) -> None:
    """By ssh to a floating address, with a key that only metadata told the guest."""
    cloud: Any = seed.connection(layout, "demo")
    with _made(cloud, layout.state) as (address, key):
        said = _ssh(key, address, "hostname; cat /run/config/meta_data")
        same(said.split()[0], NAME, "the guest's name")
        asked = _ssh(key, address, "curl http://169.254.169.254/latest/meta-data/public-ipv4")
        same(asked.strip(), address, "the floating address as metadata tells it")


@contextlib.contextmanager
def _made(cloud: Any, state: Path) -> Iterator[tuple[str, Path]]:
    """A guest's floating address, and the file with its key."""
    key = state / "gate-login.key"
    key.touch(mode=0o600)
    key.write_text(cloud.create_keypair(NAME).private_key)
    group = _open_group(cloud)
    server, floating = None, None
    try:
        server = cloud.create_server(
            NAME, image="tiny", flavor="gate.nano", network="private", key_name=NAME,
            security_groups=[group.id], wait=True, timeout=PATIENCE, auto_ip=False,
        )
        floating = cloud.create_floating_ip(network="public", server=server, wait=True)
        yield floating.floating_ip_address, key
    finally:
        if floating is not None:
            cloud.delete_floating_ip(floating.id)
        if server is not None:
            cloud.delete_server(server.id, wait=True, timeout=PATIENCE)
        cloud.delete_security_group(group.id)
        cloud.delete_keypair(NAME)
        key.unlink()


def _open_group(cloud: Any) -> Any:
    group = cloud.create_security_group(NAME, "lets ssh and ping in")
    cloud.create_security_group_rule(group.id, 22, 22, "tcp", "0.0.0.0/0")
    cloud.create_security_group_rule(group.id, protocol="icmp", remote_ip_prefix="0.0.0.0/0")
    return group


def _ssh(key: Path, address: str, command: str) -> str:
    """What it prints in the guest, once that can be reached."""
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=5",
               "LogLevel=ERROR", "PasswordAuthentication=no")
    ssh = ["ssh", "-i", str(key), *(part for one in options for part in ("-o", one))]
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return run([*ssh, f"root@{address}", command])
        except Failed as failure:
            need(time.monotonic() < until, f"no ssh to {address}: {failure}")
            time.sleep(2)
