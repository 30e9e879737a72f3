"""What should have been unplugged while the switch was away, by guest and port.

Guests go nevertheless; their ports are unplugged when the switch is back, or taken over by
whoever has them plugged in again on this host.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from nova.virt.libvirt.plugging.plug import Plug


class Debts:
    """A file each.  The directory is this host's own, also where others share the disk."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, guest: str, plug: Plug) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._path(guest, plug)
        part = path.with_suffix(".part")
        part.write_text(plug.to_text())
        os.replace(part, path)

    def guests(self) -> Sequence[str]:
        return sorted({path.name.partition("_")[0] for path in self._directory.glob("*_*.xml")})

    def of_guest(self, guest: str) -> Sequence[Plug]:
        return self._read(f"{guest}_*.xml")

    def of_port(self, port_id: str) -> Sequence[tuple[str, Plug]]:
        """With the guests."""
        paths = sorted(self._directory.glob(f"*_{port_id}.xml"))
        return [(path.name.partition("_")[0], Plug.from_text(path.read_text())) for path in paths]

    def drop(self, guest: str, plug: Plug) -> None:
        self._path(guest, plug).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._directory.rmdir()

    def _read(self, pattern: str) -> list[Plug]:
        return [Plug.from_text(p.read_text()) for p in sorted(self._directory.glob(pattern))]

    def _path(self, guest: str, plug: Plug) -> Path:
        return self._directory / f"{guest}_{plug.id}.xml"
