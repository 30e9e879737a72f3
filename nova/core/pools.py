"""How many of a process's threads work side by side, and telling how busy they are."""

import logging
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova.core.clock import Clock, Pool, RealClock, Task

LOG = logging.getLogger(__name__)


def default_size(conf: cfg.ConfigOpts) -> int:
    """Of a pool that no option of its own speaks of; green threads cost less than native ones."""
    if conf.concurrency_backend == "eventlet":
        return int(conf.default_green_pool_size)
    return int(conf.default_thread_pool_size)


def clock_of(conf: cfg.ConfigOpts) -> Clock:
    """The clock of a process: its pools tell of themselves where the operator wants that."""
    period = conf.thread_pool_statistic_period
    return RealClock() if period < 0 else TellingClock(float(period))


class TellingClock(RealClock):
    """Each pool logs what it has to do when it is given work, but not more often than each
    `period` seconds."""

    def __init__(self, period: float) -> None:
        self._period = period

    def pool(self, name: str, size: int) -> Pool:
        return _Telling(self, super().pool(name, size), name, size, self._period)


class _Telling:
    def __init__(self, clock: Clock, pool: Pool, name: str, size: int, period: float) -> None:
        self._clock = clock
        self._pool = pool
        self._title = f"Pool {name} of {size} threads"
        self._period = period
        self._told_at: float | None = None
        self._lock = clock.lock()
        self._submitted = self._begun = self._done = 0

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Task:
        with self._lock:
            self._submitted += 1
        task = self._pool.submit(self._counted, function, *args)
        self._tell()
        return task

    def close(self, timeout: float | None = None) -> bool:
        return self._pool.close(timeout)

    def _counted(self, function: Callable[..., Any], *args: Any) -> None:
        with self._lock:
            self._begun += 1
        try:
            function(*args)
        finally:
            with self._lock:
                self._done += 1

    def _tell(self) -> None:
        with self._lock:
            now = self._clock.monotonic()
            if self._told_at is not None and now - self._told_at < self._period:
                return
            self._told_at = now
            busy, waiting = self._begun - self._done, self._submitted - self._begun
            LOG.info("%s: %s busy, %s waiting, %s done", self._title, busy, waiting, self._done)
