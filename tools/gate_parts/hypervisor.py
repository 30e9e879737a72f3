"""A libvirt of the gate's own, so that nobody else's guests are seen or touched."""

import contextlib
import subprocess

from tools.daemons.libvirt import let_qemu_open_kvm
from tools.daemons.private_libvirt import PrivateLibvirt
from tools.daemons.process import Daemon
from tools.gate_parts.layout import Layout


def start(layout: Layout) -> None:
    """Raises Failed."""
    let_qemu_open_kvm()
    daemon = _daemon(layout)
    if not daemon.alive():
        daemon.start(_of(layout).prepared())
    daemon.wait_until(lambda: _answers(layout), 60)


def stop(layout: Layout) -> None:
    """Guests end with it."""
    _daemon(layout).stop()


def uri(layout: Layout) -> str:
    return _of(layout).uri


def _answers(layout: Layout) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(["virsh", "-c", uri(layout), "version"], capture_output=True,
                              timeout=30, check=False).returncode == 0
    return False


def _of(layout: Layout) -> PrivateLibvirt:
    return PrivateLibvirt(layout.state / "libvirt")


def _daemon(layout: Layout) -> Daemon:
    return Daemon("libvirt", layout.state)
