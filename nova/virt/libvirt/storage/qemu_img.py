"""The disk image tool.  It is never left to guess a format.

What is encrypted is so with LUKS: around the bytes of a plain disk (format "luks"), or
around each cluster of a qcow2 file.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.virt.libvirt.tools import CommandFailed, Tools
from nova.virt.libvirt.whisper import whispered

GIB = 1024**3
LUKS = "luks"
# Milliseconds that a guess at a passphrase is to cost.  Ours are long and made by chance,
# and cannot be guessed; every start of a guest would have to pay.
GUESSING = "10"
# The tool measures on itself what a guess costs, and gives up when the kernel tells it
# that it used less time than before.
MISMEASURED, MEASUREMENTS = "Unable to get accurate CPU usage", 8
NAMES = {"vhd": "vpc"}
"""Formats which the tool calls otherwise."""


@dataclass(frozen=True)
class Limits:
    """Seconds of a processor, and GiB of address space; None: as much as it likes."""

    cpu_seconds: int | None
    memory_gb: int | None

    def command(self) -> tuple[str, ...]:
        """What is put before the command."""
        wanted = []
        if self.cpu_seconds is not None:
            wanted.append(f"--cpu={self.cpu_seconds}")
        if self.memory_gb is not None:
            wanted.append(f"--as={self.memory_gb * GIB}")
        return ("prlimit", *wanted) if wanted else ()


class QemuImg:
    """`slots` bounds how many heavy jobs run at once; `direct` keeps them from
    flushing the page cache of the host; `limits` are for jobs whose work does not grow
    with the image: one that takes more was made by somebody who wishes us ill."""

    def __init__(
        self,
        tools: Tools,
        slots: AbstractContextManager[Any],
        *,
        direct: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._tools = tools
        self._slots = slots
        self._limited = () if limits is None else limits.command()
        self._caching = ("-t", "none", "-T", "none") if direct else ()

    def convert(
        self,
        source: Path | str,
        source_format: str,
        target: Path | str,
        target_format: str,
        *,
        compress: bool = False,
        onto: bool = False,
        read_with: str | None = None,
        lock_with: str | None = None,
    ) -> None:
        """Copy, leaving out what is zero.  Both are files, devices or urls; with `onto`
        the target is there, and what it had before is overwritten, also by zeros.
        `read_with` and `lock_with` are the passphrases of encrypted files, of the source
        and of the target."""
        switches = (*(("-c",) if compress else ()), *(("-n",) if onto else ()))
        target_format = NAMES.get(target_format, target_format)

        def work() -> None:
            with self._slots, whispered(read=read_with, lock=lock_with) as told:
                self._tools.run(
                    *("qemu-img", "convert", *self._caching, *switches, *_objects(told.files)),
                    *_opening(source_format, read_with),
                    *("-O", target_format, *_locking(target_format, lock_with)),
                    *(_named(source, source_format, read_with), target),
                    handles=told.handles,
                )

        _measured(work)

    def overlay(
        self, base: Path, base_format: str, target: Path, size: int,
        lock_with: str | None = None,
    ) -> None:
        """A disk of `size` bytes that holds what differs from `base`."""

        def work() -> None:
            with whispered(lock=lock_with) as told:
                self._tools.run(
                    *self._limited,
                    *("qemu-img", "create", "-q", "-f", "qcow2", *_objects(told.files)),
                    *_locking("qcow2", lock_with),
                    *("-b", base, "-F", base_format, target, str(size)),
                    handles=told.handles,
                )

        _measured(work)

    def resize(
        self, disk: Path, disk_format: str, size: int, read_with: str | None = None
    ) -> None:
        """Make it larger; `size` in bytes."""
        with whispered(read=read_with) as told:
            self._tools.run(
                *(*self._limited, "qemu-img", "resize", "-q", *_objects(told.files)),
                *_opening(disk_format, read_with),
                *(_named(disk, disk_format, read_with), str(size)),
                handles=told.handles,
            )

    def preallocate(self, disk: Path, size: int) -> None:
        self._tools.run("fallocate", "-n", "-l", str(size), disk)


def _measured(work: Callable[[], None]) -> None:
    """Again, when it was only a measurement that failed."""
    for left in reversed(range(MEASUREMENTS)):
        try:
            return work()
        except CommandFailed as error:
            if MISMEASURED not in error.message or not left:
                raise


def _objects(files: Mapping[str, str]) -> Iterator[str]:
    for name, file in files.items():
        yield from ("--object", f"secret,id={name},file={file}")


def _opening(kind: str, secret: str | None) -> tuple[str, ...]:
    return ("-f", NAMES.get(kind, kind)) if secret is None else ("--image-opts",)


def _named(path: Path | str, kind: str, secret: str | None) -> str:
    """A file that is encrypted is named with all that it takes to open it."""
    if secret is None:
        return str(path)
    key = "key-secret" if kind == LUKS else "encrypt.key-secret"
    escaped = str(path).replace(",", ",,")
    return f"driver={kind},{key}=read,file.driver=file,file.filename={escaped}"


def _locking(kind: str, secret: str | None) -> tuple[str, ...]:
    if secret is None:
        return ()
    if kind == LUKS:
        return ("-o", f"key-secret=lock,iter-time={GUESSING}")
    return ("-o", f"encrypt.format=luks,encrypt.key-secret=lock,encrypt.iter-time={GUESSING}")
