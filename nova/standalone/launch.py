"""nova-standalone: a whole small cloud in one command, without root, broker or hypervisor."""

import contextlib
import fcntl
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nova.cmd import frugal
from nova.cmd.life import Life, Work
from nova.cmd.report import report_of
from nova.standalone.settings import Wishes, read

if TYPE_CHECKING:
    from nova.standalone.cloud import SmallCloud

PROGRAM = "nova-standalone"
_IN_MEMORY = Path("/dev/shm")


def main(arguments: Sequence[str] | None = None) -> int:
    """Until a signal ends it; the exit code.  What is wrong is one line on stderr."""
    with _place_of_its_own() as temporary:
        wishes = read(sys.argv[1:] if arguments is None else arguments, temporary)
        _quieten()
        try:
            with _alone(wishes):
                return _Launch(wishes).live()
        except OSError as error:
            print(f"{PROGRAM}: cannot use {wishes.state}: {error.strerror}", file=sys.stderr)
            return 1


class _Launch:
    """A cloud that greets when it is ready."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._began = time.monotonic()
        self._cloud: SmallCloud | None = None

    def live(self) -> int:
        return Life(PROGRAM, self._make, self._report).live()

    def _make(self) -> Work:
        frugal.begin()
        frugal.without_eventlet()
        from oslo_service import backend

        backend.init_backend(backend.BackendType.THREADING)
        from nova.core.clock import RealClock
        from nova.standalone.cloud import SmallCloud

        self._cloud = SmallCloud(self._wishes, RealClock(), ready=self._greet)
        return self._cloud

    def _greet(self, compute_url: str) -> None:
        frugal.settled()
        seconds = time.monotonic() - self._began
        print(_GREETING.format(
            seconds=seconds,
            compute=compute_url,
            clouds=self._wishes.state / "clouds.yaml",
            state=self._wishes.state,
            after="What you make is kept there." if self._wishes.kept else "Nothing is kept.",
        ), flush=True)  # fmt: skip

    def _report(self) -> str:
        return report_of(PROGRAM, self._cloud.conf if self._cloud else None)


_GREETING = """\
Ready after {seconds:.1f} s: {compute}

    export OS_CLIENT_CONFIG_FILE={clouds} OS_CLOUD=demo   # or admin
    openstack server create --flavor m1.tiny --image tiny --network private --wait hello
    openstack console log show hello

Databases, images and the log are in {state}.  Ctrl-C ends the cloud.  {after}
"""


def _quieten() -> None:
    """The terminal is for the user: what libraries say goes to the log."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


@contextlib.contextmanager
def _place_of_its_own() -> Iterator[Path]:
    """A directory for a cloud that is not kept; in memory, where the system can do so."""
    parent = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix=f"{PROGRAM}-", dir=parent, ignore_cleanup_errors=True
    ) as path:
        yield Path(path)


@contextlib.contextmanager
def _alone(wishes: Wishes) -> Iterator[None]:
    """Raises OSError when the directory cannot be used, or another cloud uses it."""
    state = wishes.state
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wishes.driver == "libvirt":  # the user that QEMU runs as has to get to its disks
        state.chmod(0o711)
    with (state / "running").open("w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OSError(error.errno, "another cloud is running there") from error
        _hide(wishes)
        yield


def _hide(wishes: Wishes) -> None:
    """What has no rights of its own gets them before there is anything in it."""
    for name in ("nova_api", "nova_cell0", "nova_cell1", "placement"):
        (wishes.state / f"{name}.sqlite").touch(0o600)
    (wishes.state / "nova.log").touch(0o600)


if __name__ == "__main__":
    sys.exit(main())
