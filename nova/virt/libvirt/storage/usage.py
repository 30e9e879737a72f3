"""How full the storage of guests is."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nova.virt.libvirt.storage.formats import recorded_formats
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.users import virtual_size

GIB = 1024**3
NAME = ".storage-name"
DISKS = ("disk", "disk.eph*", "disk.swap")


@dataclass(frozen=True)
class Usage:
    """In GiB.  `promised_gb` is what thin disks may still grow by.  `place` names the
    storage: hosts that give the same name see the same disks."""

    total_gb: int
    used_gb: int
    free_gb: int
    promised_gb: int
    place: str = ""


def measure(layout: Layout) -> Usage:
    layout.root.mkdir(parents=True, exist_ok=True)
    stats = os.statvfs(layout.root)
    free = stats.f_bavail * stats.f_frsize
    total = stats.f_blocks * stats.f_frsize
    promised = sum(_promised(directory) for directory in layout.root.glob("*-*-*-*-*"))
    place = f"files:{directory_name(layout)}"
    return Usage(total // GIB, (total - free) // GIB, free // GIB, promised // GIB, place)


def directory_name(layout: Layout) -> str:
    """Chosen by the first host that comes, and kept in the directory, so that all hosts
    that share it agree; whichever of two that come at once was first."""
    path = layout.root / NAME
    if not path.exists():
        fresh = layout.root / f".{uuid.uuid4().hex[:16]}.part"
        fresh.write_text(str(uuid.uuid4()))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


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
