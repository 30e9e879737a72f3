"""The disk image tool.  It is never left to guess a format."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from nova.virt.libvirt.tools import Tools

NAMES = {"vhd": "vpc"}
"""Formats which the tool calls otherwise."""


class QemuImg:
    """`slots` bounds how many heavy jobs run at once; `direct` keeps them from
    flushing the page cache of the host."""

    def __init__(
        self, tools: Tools, slots: AbstractContextManager[Any], *, direct: bool = False
    ) -> None:
        self._tools = tools
        self._slots = slots
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
            *("qemu-img", "create", "-q", "-f", "qcow2"),
            *("-b", base, "-F", base_format, target, str(size)),
        )

    def resize(self, disk: Path, disk_format: str, size: int) -> None:
        """Make it larger; `size` in bytes."""
        self._tools.run("qemu-img", "resize", "-q", "-f", disk_format, disk, str(size))

    def preallocate(self, disk: Path, size: int) -> None:
        self._tools.run("fallocate", "-n", "-l", str(size), disk)
