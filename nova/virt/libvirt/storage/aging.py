"""Dropping what nobody has needed for a while from the image store."""

import os
from collections.abc import Collection
from pathlib import Path

from nova.core.clock import Clock
from nova.virt.libvirt.storage.cache_files import Kept, kept_files, unfinished_files, users
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lock import FileLocks


class Aging:
    """A file's age counts from when it was last asked for, or seen in use."""

    def __init__(self, layout: Layout, locks: FileLocks, clock: Clock) -> None:
        self._layout = layout
        self._locks = locks
        self._clock = clock

    def prune(
        self, keep: Collection[str], *, unused_seconds: float, resized_seconds: float
    ) -> list[str]:
        now = self._clock.now().timestamp()
        oldest, oldest_resized = now - unused_seconds, now - resized_seconds
        needed = {self._layout.image(image_id).name for image_id in keep}
        self._sweep(oldest)
        return [
            kept.called
            for kept in kept_files(self._layout)
            if not self._kept_young(kept, needed) and self._dropped(kept, oldest, oldest_resized)
        ]

    def _kept_young(self, kept: Kept, needed: Collection[str]) -> bool:
        """What is in use begins to age when it is no more."""
        if kept.path.name in needed or users(self._layout).get(kept.path.name):
            self._touch(kept.path)
            return True
        return False

    def _touch(self, path: Path) -> None:
        with self._locks.holding(path.name):
            if path.exists():
                os.utime(path)

    def _dropped(self, kept: Kept, oldest: float, oldest_resized: float) -> bool:
        """Looks again under the lock: a guest may just be taking it."""
        with self._locks.holding(kept.path.name):
            if not kept.path.exists() or not kept.aged(oldest, oldest_resized):
                return False
            if users(self._layout).get(kept.path.name):
                return False
            kept.drop()
        return True

    def _sweep(self, oldest: float) -> None:
        """What processes that were killed in the middle of a transfer left behind."""
        for part in unfinished_files(self._layout):
            with self._locks.holding(part.name.partition(".")[0]):
                if part.exists() and part.stat().st_mtime <= oldest:
                    part.unlink()
