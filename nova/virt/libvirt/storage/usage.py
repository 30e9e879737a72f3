"""How full the storage of guests is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.users import virtual_size

GIB = 1024**3


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
    promised = sum(_growth(disk) for disk in _disks(layout))
    return Usage(total // GIB, (total - free) // GIB, free // GIB, promised // GIB)


def _disks(layout: Layout) -> Iterator[Path]:
    for pattern in ("disk", "disk.eph*", "disk.swap"):
        yield from layout.root.glob(f"*/{pattern}")


def _growth(disk: Path) -> int:
    try:
        return max(0, virtual_size(disk) - disk.stat().st_blocks * 512)
    except OSError:
        return 0  # its guest has just been deleted
