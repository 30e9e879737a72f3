"""How full the storage of guests is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nova.virt.libvirt.storage.formats import recorded_formats
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.users import virtual_size

GIB = 1024**3
DISKS = ("disk", "disk.eph*", "disk.swap")


@dataclass(frozen=True)
class Usage:
    """In GiB.  `promised_gb` is what thin disks may still grow by."""

    total_gb: int
    used_gb: int
    free_gb: int
    promised_gb: int


def measure(layout: Layout) -> Usage:
    layout.root.mkdir(parents=True, exist_ok=True)
    stats = os.statvfs(layout.root)
    free = stats.f_bavail * stats.f_frsize
    total = stats.f_blocks * stats.f_frsize
    promised = sum(_promised(directory) for directory in layout.root.glob("*-*-*-*-*"))
    return Usage(total // GIB, (total - free) // GIB, free // GIB, promised // GIB)


def _promised(directory: Path) -> int:
    formats = recorded_formats(directory) or {}
    return sum(_growth(disk, formats.get(disk.name, "raw")) for disk in _disks(directory))


def _disks(directory: Path) -> Iterator[Path]:
    for pattern in DISKS:
        yield from directory.glob(pattern)


def _growth(disk: Path, kind: str) -> int:
    try:
        size = virtual_size(disk) if kind == "qcow2" else disk.stat().st_size
        return max(0, size - disk.stat().st_blocks * 512)
    except OSError:
        return 0  # its guest has just been deleted
