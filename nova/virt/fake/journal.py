"""Guests on disk: they live on when the compute process is killed, as real ones do.

A line per change, appended; the last line of a killed writer may be torn and is
then left out.  Opening rewrites the file to one line per guest.
"""

import json
import os
from pathlib import Path
from typing import IO

from nova.virt.fake.guest import FakeGuest


class Journal:
    """With a path: a file with the guests in it.  Without: nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def open(self) -> dict[str, FakeGuest]:
        """The guests as they were last, by uuid."""
        if self._path is None:
            return {}
        guests = _replay(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        compact = self._path.with_suffix(".new")
        compact.write_text("".join(_line(uuid, guest) for uuid, guest in guests.items()))
        os.replace(compact, self._path)
        self._file = self._path.open("a")
        return guests

    def write(self, uuid: str, guest: FakeGuest | None) -> None:
        """The guest is now so; None: it is gone."""
        if self._file is not None:
            self._file.write(_line(uuid, guest))
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(uuid: str, guest: FakeGuest | None) -> str:
    return json.dumps([uuid, guest.to_json() if guest else None]) + "\n"


def _replay(path: Path) -> dict[str, FakeGuest]:
    guests: dict[str, FakeGuest] = {}
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    for line in lines:
        if not line.endswith("\n"):
            break
        uuid, value = json.loads(line)
        guests.pop(uuid, None)
        if value is not None:
            guests[uuid] = FakeGuest.from_json(value)
    return guests
