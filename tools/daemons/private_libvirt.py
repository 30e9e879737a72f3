"""A libvirt daemon of one's own: nobody else's guests, and it may be killed.

It runs in a mount namespace with its own state directories; its socket is reached
through the directory behind them.  As a program, this module is what runs inside:
it keeps the daemons, and buries dead guests at once, as `init` would (where nobody
does, the hypervisor waits for their remains).
"""

import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

COMMANDS = ("unshare", "libvirtd", "virtlogd", "qemu-img", "qemu-system-x86_64", "genisoimage")
STATE = {"run": "/run/libvirt", "lib": "/var/lib/libvirt", "etc": "/etc/libvirt"}
STATE |= {"cache": "/var/cache/libvirt", "log": "/var/log/libvirt"}
SCREENS = range(5900, 31000, 64)
PR_SET_CHILD_SUBREAPER = 36


class PrivateLibvirt:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self._directory}/run/libvirt-sock"

    @property
    def directory(self) -> Path:
        """What it keeps, in parts named as in STATE."""
        return self._directory

    @staticmethod
    def obstacle() -> str | None:
        """Why it cannot run here."""
        if os.geteuid() != 0:
            return "a libvirt daemon needs root"
        missing = [command for command in COMMANDS if shutil.which(command) is None]
        return f"there is no {', '.join(missing)}" if missing else None

    def start(self) -> None:
        self._keeper = subprocess.Popen(self.prepared())
        self._wait()

    def prepared(self) -> list[str]:
        """The command that runs it until it is told to terminate, with its guests."""
        mounts = []
        shutil.rmtree(self._directory / "run", ignore_errors=True)
        for name, path in STATE.items():
            (self._directory / name).mkdir(parents=True, exist_ok=True)
            Path(path).mkdir(parents=True, exist_ok=True)
            mounts.append(f"mount --bind {self._directory}/{name} {path}")
        self._choose_screens()
        # Large pages, where the machine keeps some.
        pages = self._directory / "pages"
        pages.mkdir(exist_ok=True)
        mounts.append(f"(mount -t hugetlbfs none {pages} || true)")
        script = " && ".join([*mounts, f"exec {sys.executable} {__file__} {self._directory}"])
        return ["unshare", "--mount", "sh", "-c", script]

    def kill_daemon(self) -> None:
        """As if it crashed; guests go on."""
        os.kill(int((self._directory / "libvirtd.pid").read_text()), signal.SIGKILL)

    def start_daemon(self) -> None:
        assert self._keeper is not None
        self._keeper.send_signal(signal.SIGUSR1)
        self._wait()

    def guest_pid(self, name: str) -> int:
        return int((self._directory / "run" / "qemu" / f"{name}.pid").read_text())

    def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.terminate()
            self._keeper.wait(30)

    def _choose_screens(self) -> None:
        """Ports that no other daemon of the kind gives to its guests at the same time."""
        first = SCREENS.start + SCREENS.step * random.randrange(len(SCREENS))
        lines = (f"remote_display_port_min = {first}",
                 f"remote_display_port_max = {first + SCREENS.step - 1}")  # fmt: skip
        (self._directory / "etc" / "qemu.conf").write_text("\n".join(lines) + "\n")

    def _wait(self) -> None:
        import libvirt  # noqa: PLC0415 - asked only where there is one

        for _attempt in range(300):
            try:
                libvirt.open(self.uri).close()
                return
            except libvirt.libvirtError:
                time.sleep(0.1)
        raise RuntimeError("libvirtd did not start")


class Keeper:
    """Inside the namespace."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._children: set[int] = set()

    def run(self) -> None:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.signal(signal.SIGUSR1, self._start_libvirtd)
        signal.signal(signal.SIGTERM, self._end)
        self._start("virtlogd")
        self._start("libvirtd")
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                time.sleep(0.1)

    def _start(self, daemon: str) -> None:
        pid_file = self._directory / "run" / f"{daemon}.daemon"
        pid_file.unlink(missing_ok=True)
        path = shutil.which(daemon) or daemon
        pid = os.posix_spawn(path, [daemon, "-p", str(pid_file)], os.environ)
        self._children.add(pid)
        (self._directory / f"{daemon}.pid").write_text(str(pid))

    def _start_libvirtd(self, _signal: int, _frame: FrameType | None) -> None:
        self._start("libvirtd")

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        guests = (self._directory / "run" / "qemu").glob("*.pid")
        for pid in (*self._children, *(int(path.read_text()) for path in guests)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        os._exit(0)


if __name__ == "__main__":
    Keeper(Path(sys.argv[1])).run()
