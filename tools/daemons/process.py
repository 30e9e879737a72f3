"""A process that outlives the one that started it, known by a pid file."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_POLL = 0.1


class Failed(Exception):
    """Something did not start, or a command went wrong; the text says what."""


@dataclass(frozen=True)
class Daemon:
    """One background process.  `state` gets pid/NAME and log/NAME.log."""

    name: str
    state: Path

    @property
    def log(self) -> Path:
        return self.state / "log" / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.state / "pid" / self.name

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start it in a session of its own, unless it runs already."""
        if self.alive():
            return
        for path in (self.log, self._pid_file):
            path.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=cwd or "/",
                env={**os.environ, **(env or {})},
                user=user,
                group=user,
                extra_groups=() if user else None,
            )
        self._pid_file.write_text(f"{process.pid} {_started(process.pid)}\n")

    def pid(self) -> int | None:
        """The process id, if the process that was started still runs."""
        with contextlib.suppress(OSError, ValueError):
            pid, started = self._pid_file.read_text().split()
            if _started(int(pid)) == started:
                return int(pid)
        return None

    def alive(self) -> bool:
        return self.pid() is not None

    def stop(self, patience: float = 20) -> None:
        """Ask it to end, and after `patience` seconds end its whole session."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            _poll(lambda: not self.alive(), patience)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)

    def wait_until(self, ready: Callable[[], bool], patience: float) -> None:
        """Wait for `ready`; raises Failed when the process ends or time is up."""
        if not _poll(lambda: ready() or not self.alive(), patience):
            raise Failed(f"{self.name} is not ready after {patience:.0f} s; see {self.log}")
        if not self.alive():
            raise Failed(f"{self.name} ended at once; see {self.log}\n{self.last_words()}")

    def last_words(self, lines: int = 15) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def _started(pid: int) -> str:
    """When a process started: with the pid it names a process for good.

    Raises OSError when there is none, ValueError for one that ended and waits for its parent.
    """
    _reap(pid)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if fields[0] == "Z":
        raise ValueError(f"process {pid} has ended")
    return fields[19]


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _poll(done: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command to its end and return what it printed; raises Failed."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        list(argv),
        capture_output=True,
        text=True,
        errors="replace",
        cwd=cwd or "/",
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=() if user else None,
    )
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
        raise Failed(f"{' '.join(argv[:3])} ...: exit code {done.returncode}: {' '.join(words)}")
    return done.stdout


def in_parallel(jobs: Sequence[Callable[[], None]]) -> None:
    """Do all jobs; when some fail, the first failure is raised after all have ended."""
    with ThreadPoolExecutor(max_workers=max(len(jobs), 1)) as pool:
        running = [pool.submit(job) for job in jobs]
    for job in running:
        job.result()


def closed_to_others(path: Path) -> Path | None:
    """The first directory on the way to `path` that other users may not enter."""
    ways = [parent for parent in reversed(path.parents) if parent.exists()]
    return next((way for way in ways if not way.stat().st_mode & stat.S_IXOTH), None)


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False
