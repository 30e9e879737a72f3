"""The machine's libvirtd: started when it does not run, and stopped only if we did."""

import contextlib
import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon, Failed, run

URI = "qemu:///system"
_KVM = Path("/dev/kvm")
_PROGRAMS = ("virtlogd", "libvirtd")


@dataclass(frozen=True)
class Libvirt:
    state: Path

    @property
    def daemons(self) -> tuple[Daemon, ...]:
        return tuple(Daemon(program, self.state) for program in _PROGRAMS)

    def start(self) -> None:
        let_qemu_open_kvm()
        if answers():
            return
        for daemon in self.daemons:
            daemon.start([f"/usr/sbin/{daemon.name}"])
        self.daemons[-1].wait_until(answers, 40)

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            daemon.stop()


def answers() -> bool:
    with contextlib.suppress(Failed, OSError):
        run(["virsh", "-c", URI, "version"])
        return True
    return False


def let_qemu_open_kvm() -> None:
    """Without access libvirt asks QEMU for its abilities again at every call: 4 s each."""
    with contextlib.suppress(OSError, KeyError):
        group = grp.getgrnam("kvm").gr_gid
        if _KVM.stat().st_gid != group or not _KVM.stat().st_mode & stat.S_IWGRP:
            os.chown(_KVM, -1, group)
            _KVM.chmod(0o660)
