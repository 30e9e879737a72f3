"""Time and concurrency, as a seam.

Everything that waits, measures or runs beside something else does so through a
`Clock`, so that the whole cloud also runs on a virtual one (tests/simulation),
where a minute costs nothing and an order of events can be replayed.
"""

import concurrent.futures
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

LOG = logging.getLogger(__name__)
T = TypeVar("T")


def utc_seconds(moment: datetime) -> float:
    return moment.timestamp()


class Event(Protocol):
    """A flag that can be waited for."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Task(Protocol):
    """Something running beside its starter."""

    def join(self, timeout: float | None = None) -> bool:
        """True when it has ended; False when `timeout` seconds passed first."""

    def done(self) -> bool: ...


class Pool(Protocol):
    """At most `size` tasks at once; further ones wait in order."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Task: ...
    def close(self, timeout: float | None = None) -> bool:
        """Take no more, wait for what runs; False when it did not end in time."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, timezone-aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None: ...
    def event(self) -> Event: ...
    def lock(self) -> AbstractContextManager[Any]:
        """A mutual exclusion that is not re-entrant."""

    def semaphore(self, count: int) -> AbstractContextManager[Any]: ...
    def spawn(self, name: str, function: Callable[..., Any], /, *args: Any) -> Task:
        """Run beside the caller; an error that escapes is logged."""

    def pool(self, name: str, size: int) -> Pool: ...


class _ThreadTask:
    def __init__(self, thread: threading.Thread) -> None:
        self._thread = thread

    def join(self, timeout: float | None = None) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def done(self) -> bool:
        return not self._thread.is_alive()


class _FutureTask:
    def __init__(self, future: "concurrent.futures.Future[Any]") -> None:
        self._future = future

    def join(self, timeout: float | None = None) -> bool:
        return not concurrent.futures.wait([self._future], timeout).not_done

    def done(self) -> bool:
        return self._future.done()


class _ThreadPool:
    def __init__(self, name: str, size: int) -> None:
        self._executor = concurrent.futures.ThreadPoolExecutor(size, thread_name_prefix=name)
        self._running: set[concurrent.futures.Future[Any]] = set()

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Task:
        future = self._executor.submit(_logged, function, *args)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return _FutureTask(future)

    def close(self, timeout: float | None = None) -> bool:
        self._executor.shutdown(wait=False)
        return not concurrent.futures.wait(set(self._running), timeout).not_done


def _logged(function: Callable[..., Any], *args: Any) -> None:
    try:
        function(*args)
    except Exception:
        LOG.exception("Unhandled error in %s", getattr(function, "__qualname__", function))


class RealClock:
    """The machine's clock and the interpreter's threads (green under eventlet)."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def event(self) -> Event:
        return threading.Event()

    def lock(self) -> AbstractContextManager[Any]:
        return threading.Lock()

    def semaphore(self, count: int) -> AbstractContextManager[Any]:
        return threading.BoundedSemaphore(count)

    def spawn(self, name: str, function: Callable[..., Any], /, *args: Any) -> Task:
        thread = threading.Thread(
            target=_logged, args=(function, *args), name=name, daemon=True
        )
        thread.start()
        return _ThreadTask(thread)

    def pool(self, name: str, size: int) -> Pool:
        return _ThreadPool(name, size)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
