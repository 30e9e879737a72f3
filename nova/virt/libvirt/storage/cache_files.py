"""What lies in the image store: which file is what, and who still needs it.

A directory that hosts share holds the guests of all of them, so users are counted
over all guests that are to be seen here, whoever runs them.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.virt.imagery.inspection import Content
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.users import bases_in_use

IMAGE = re.compile(r"[0-9a-f]{40}")
RESIZED = re.compile(r"[0-9a-f]{40}_[0-9]+")
"""Images that older releases enlarged for their guests, by the size in GiB."""
BLANK = re.compile(r"(swap|ephemeral)_[0-9a-zA-Z_]+")
UNFINISHED = (".part", ".converted")


@dataclass(frozen=True)
class Kept:
    """One file; `image_id` None: it is no image, or nobody noted which one."""

    path: Path
    image_id: str | None
    resized: bool = False

    @property
    def called(self) -> str:
        return self.image_id or self.path.name

    def aged(self, oldest: float, oldest_resized: float) -> bool:
        """Whether nobody has asked for it since then."""
        limit = oldest_resized if self.resized else oldest
        return self.path.stat().st_mtime <= limit

    def drop(self) -> None:
        note_of(self.path).unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def kept_files(layout: Layout) -> Iterator[Kept]:
    for path in _sorted(layout.cache):
        if IMAGE.fullmatch(path.name):
            yield Kept(path, _noted(path))
        elif RESIZED.fullmatch(path.name):
            yield Kept(path, None, resized=True)
        elif BLANK.fullmatch(path.name):
            yield Kept(path, None)


def unfinished_files(layout: Layout) -> Iterator[Path]:
    yield from (path for path in _sorted(layout.cache) if path.suffix in UNFINISHED)


def users(layout: Layout) -> Counter[str]:
    return bases_in_use(layout)


def note_of(path: Path) -> Path:
    return path.with_suffix(".note")


def write_note(path: Path, image_id: str, content: Content, signer: str | None) -> None:
    """`signer` is the certificate that it was found to be signed with, if anybody looked."""
    note: dict[str, Any] = {
        "image_id": image_id, "format": content.format, "virtual_size": content.virtual_size,
    }  # fmt: skip
    note |= {"encrypted": True} if content.encrypted else {}
    note |= {"signer": signer} if signer else {}
    fresh = path.with_suffix(".note.part")
    fresh.write_text(json.dumps(note))
    os.replace(fresh, note_of(path))


def signer_of(path: Path) -> str | None:
    try:
        found: str | None = json.loads(note_of(path).read_text()).get("signer")
    except FileNotFoundError:
        return None
    return found


def _noted(path: Path) -> str | None:
    try:
        return str(json.loads(note_of(path).read_text())["image_id"])
    except FileNotFoundError:
        return None


def _sorted(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.exists() else []
