"""The disk image tool.  It is never left to guess a format."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.virt.libvirt.tools import Tools

GIB = 1024**3
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
    ) -> None:
        """Copy, leaving out what is zero.  Both are files, devices or urls; with `onto`
        the target is there, and what it had before is overwritten, also by zeros."""
        switches = (*(("-c",) if compress else ()), *(("-n",) if onto else ()))
        with self._slots:
            self._tools.run(
                *("qemu-img", "convert", *self._caching, *switches),
                *("-f", NAMES.get(source_format, source_format)),
                *("-O", NAMES.get(target_format, target_format), source, target),
            )

    def overlay(self, base: Path, base_format: str, target: Path, size: int) -> None:
        """A disk of `size` bytes that holds what differs from `base`."""
        self._tools.run(
            *self._limited,
            *("qemu-img", "create", "-q", "-f", "qcow2"),
            *("-b", base, "-F", base_format, target, str(size)),
        )

    def resize(self, disk: Path, disk_format: str, size: int) -> None:
        """Make it larger; `size` in bytes."""
        self._tools.run(
            *self._limited, "qemu-img", "resize", "-q", "-f", disk_format, disk, str(size)
        )

    def preallocate(self, disk: Path, size: int) -> None:
        self._tools.run("fallocate", "-n", "-l", str(size), disk)
