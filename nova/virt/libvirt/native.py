"""Calls that would stop everything.

The hypervisor's library and external tools block the calling thread.  With plain
threads that is fine.  Under eventlet all of the process shares one thread, so such
calls go to a real one.  This is the only place that knows the difference.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from oslo_config import cfg

T = TypeVar("T")


class Native(Protocol):
    def call(self, function: Callable[..., T], /, *args: Any) -> T:
        """What `function` returns or raises, without holding up anybody else."""

    def forever(self, name: str, function: Callable[[], None]) -> None:
        """Run `function` in a thread of the operating system, until the process ends."""

    def queue(self) -> "queue.SimpleQueue[Any]":
        """A queue between such threads and the rest; `get` it through `call`."""


class Threads:
    def call(self, function: Callable[..., T], /, *args: Any) -> T:
        return function(*args)

    def forever(self, name: str, function: Callable[[], None]) -> None:
        threading.Thread(target=function, name=name, daemon=True).start()

    def queue(self) -> "queue.SimpleQueue[Any]":
        return queue.SimpleQueue()


class Green:
    """For a process that eventlet has patched."""

    def __init__(self) -> None:
        from eventlet import patcher, tpool  # noqa: PLC0415 - only if it is in use

        self._execute = tpool.execute
        self._threading = patcher.original("threading")
        self._queue = patcher.original("queue")

    def call(self, function: Callable[..., T], /, *args: Any) -> T:
        result: T = self._execute(function, *args)
        return result

    def forever(self, name: str, function: Callable[[], None]) -> None:
        self._threading.Thread(target=function, name=name, daemon=True).start()

    def queue(self) -> "queue.SimpleQueue[Any]":
        made: queue.SimpleQueue[Any] = self._queue.SimpleQueue()
        return made


def native_of(conf: cfg.ConfigOpts) -> Native:
    backend = conf.concurrency_backend if "concurrency_backend" in conf else "threading"
    return Green() if backend == "eventlet" else Threads()
