"""One at a time, also among processes that share a directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from nova.core.clock import Clock

POLL_SECONDS = 0.1


class FileLocks:
    """Named locks.  Threads of this process queue up before the file, so that only
    one of them polls it; a process that dies lets go of its locks."""

    def __init__(self, clock: Clock, directory: Path) -> None:
        self._clock = clock
        self._directory = directory
        self._guard = clock.lock()
        self._mine: dict[str, tuple[AbstractContextManager[Any], int]] = {}

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        queue = self._enter(name)
        try:
            with queue, self._file(name):
                yield
        finally:
            self._leave(name)

    def _enter(self, name: str) -> AbstractContextManager[Any]:
        with self._guard:
            queue, users = self._mine.get(name) or (self._clock.lock(), 0)
            self._mine[name] = (queue, users + 1)
        return queue

    def _leave(self, name: str) -> None:
        with self._guard:
            queue, users = self._mine.pop(name)
            if users > 1:
                self._mine[name] = (queue, users - 1)

    @contextmanager
    def _file(self, name: str) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._directory / f"nova-{name}", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not _taken(handle):
                self._clock.sleep(POLL_SECONDS)
            yield
        finally:
            os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
