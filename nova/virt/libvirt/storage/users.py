"""Which images the disks of guests rest on, read from the disks themselves."""

import os
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nova.virt.libvirt.storage.formats import recorded_formats
from nova.virt.libvirt.storage.layout import Layout

HEADER = struct.Struct(">4sIQIIQ")
"""Of a qcow2 file: magic, version, where and how long the backing name is, cluster
bits, size."""
MAGIC = b"QFI\xfb"
LONGEST_NAME = 1023


def bases_in_use(layout: Layout) -> Counter[str]:
    """How many guests use each file of the image store, by its name."""
    used: Counter[str] = Counter()
    for directory in _guests(layout):
        backings = {backing_file(disk) for disk in overlays(directory)}
        used.update(path.name for path in backings if path and path.parent == layout.cache)
    return used


def overlays(directory: Path) -> list[Path]:
    """The disks of a guest that may rest on something.  Not those that are recorded as
    plain: what a guest wrote there must not be read as if we had written it."""
    formats = recorded_formats(directory)
    disks = sorted(directory.glob("disk*"))
    if formats is None:
        return disks
    return [disk for disk in disks if formats.get(disk.name) == "qcow2"]


def backing_file(disk: Path) -> Path | None:
    """Only for disks made by us: an image from elsewhere may lie."""
    header = _header(disk)
    if header is None or not 0 < header[3] <= LONGEST_NAME:
        return None
    with disk.open("rb") as file:
        file.seek(header[2])
        return Path(os.fsdecode(file.read(header[3])))


def virtual_size(disk: Path) -> int:
    """What an overlay may grow to, in bytes."""
    header = _header(disk)
    return disk.stat().st_size if header is None else int(header[5])


def _header(disk: Path) -> tuple[bytes, int, int, int, int, int] | None:
    """A disk that cannot be read raises: to take it for one that rests on nothing
    would let its image be dropped."""
    try:
        with disk.open("rb") as file:
            start = file.read(HEADER.size)
    except FileNotFoundError:
        return None
    if len(start) < HEADER.size or not start.startswith(MAGIC):
        return None
    magic, version, at, length, bits, size = HEADER.unpack(start)
    return magic, version, at, length, bits, size


def _guests(layout: Layout) -> Iterator[Path]:
    if layout.root.exists():
        yield from (entry for entry in layout.root.iterdir() if len(entry.name) >= 36)
