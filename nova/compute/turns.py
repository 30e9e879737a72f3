"""One at a time for each server."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from nova.core.clock import Clock


class Turns:
    """Locks by name that exist only while somebody holds or wants them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = clock.lock()
        self._locks: dict[str, tuple[AbstractContextManager[Any], int]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        with self._held(name, self._enter(name)):
            yield

    def free(self, name: str) -> AbstractContextManager[Any] | None:
        """The turn, if nobody has it or waits for it now."""
        with self._guard:
            if name in self._locks:
                return None
            lock = self._clock.lock()
            self._locks[name] = (lock, 1)
        return self._held(name, lock)

    def taken(self, name: str) -> bool:
        """Whether somebody has it, or waits for it."""
        with self._guard:
            return name in self._locks

    def contested(self, name: str) -> bool:
        """Whether somebody has it and somebody else waits for it."""
        with self._guard:
            return self._locks.get(name, (None, 0))[1] > 1

    @contextmanager
    def _held(self, name: str, lock: AbstractContextManager[Any]) -> Iterator[None]:
        try:
            with lock:
                yield
        finally:
            self._leave(name)

    def _enter(self, name: str) -> AbstractContextManager[Any]:
        with self._guard:
            lock, wanted = self._locks.get(name) or (self._clock.lock(), 0)
            self._locks[name] = (lock, wanted + 1)
            return lock

    def _leave(self, name: str) -> None:
        with self._guard:
            lock, wanted = self._locks[name]
            if wanted == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, wanted - 1)
