"""A virtual clock: time passes only when everything waits for it.

Tasks are greenlets, run one at a time; which of several ready ones is next is
decided by the seed.  Each task belongs to a process; a process that is killed
simply never runs again, as after SIGKILL: no `finally`, no `except`.
"""

import heapq
import itertools
import logging
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import greenlet

LOG = logging.getLogger(__name__)
START = datetime(2030, 1, 1, tzinfo=UTC)
OUTSIDE = "outside"


class Stuck(AssertionError):
    """Nothing can go on any more, or time is up."""


class SimEvent:
    def __init__(self, clock: "SimClock") -> None:
        self._clock = clock
        self._set = False
        self._waiters: list[greenlet.greenlet] = []

    def set(self) -> None:
        self._set = True
        for waiter in self._waiters:
            self._clock.make_ready(waiter)
        self._waiters = []

    def clear(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        if self._set:
            return True
        me = greenlet.getcurrent()
        self._waiters.append(me)
        self._clock.park(timeout)
        if me in self._waiters:
            self._waiters.remove(me)
        return self._set


class SimLock:
    """Also a semaphore of `count`."""

    def __init__(self, clock: "SimClock", count: int = 1) -> None:
        self._clock = clock
        self._free = count
        self._holders: list[greenlet.greenlet] = []
        self._waiters: list[greenlet.greenlet] = []

    def __enter__(self) -> None:
        while self._taken():
            self._waiters.append(greenlet.getcurrent())
            self._clock.park(None)
        self._holders.append(greenlet.getcurrent())

    def __exit__(self, *_: object) -> None:
        self._holders.remove(greenlet.getcurrent())
        while self._waiters:
            waiter = self._waiters.pop(0)
            if self._clock.lives(waiter):
                return self._clock.make_ready(waiter)

    def _taken(self) -> bool:
        """What a dead process held is free: its memory is gone."""
        self._holders = [h for h in self._holders if self._clock.lives(h)]
        return len(self._holders) >= self._free


class SimTask:
    def __init__(self, clock: "SimClock") -> None:
        self._over = SimEvent(clock)

    def join(self, timeout: float | None = None) -> bool:
        return self._over.wait(timeout)

    def done(self) -> bool:
        return self._over.is_set()

    def finish(self) -> None:
        self._over.set()


class SimPool:
    def __init__(self, clock: "SimClock", size: int) -> None:
        self._clock = clock
        self.process = clock.process
        self._room = SimLock(clock, size)
        self._open = True
        self._running: list[SimTask] = []

    def submit(self, function: Callable[..., Any], /, *args: Any) -> SimTask:
        if not self._open:
            raise RuntimeError("the pool is closed")
        task = self._clock.start_task(self.process, self._within, function, *args)
        self._running.append(task)
        return task

    def _within(self, function: Callable[..., Any], *args: Any) -> None:
        with self._room:
            function(*args)

    def close(self, timeout: float | None = None) -> bool:
        self._open = False
        return all(task.join(timeout) for task in self._running)


class SimClock:
    """nova.core.clock.Clock over virtual time."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self._elapsed = 0.0
        self._numbers = itertools.count()
        self._timers: list[tuple[float, int, greenlet.greenlet, int]] = []
        self._ready: list[greenlet.greenlet] = []
        self._hub = greenlet.getcurrent()
        self._parked: dict[greenlet.greenlet, int] = {}
        self._processes: dict[greenlet.greenlet, str] = {}
        self.dead: set[str] = set()
        self.errors: list[BaseException] = []

    # What the clock protocol asks for.

    def now(self) -> datetime:
        return START + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.park(seconds)

    def event(self) -> SimEvent:
        return SimEvent(self)

    def lock(self) -> AbstractContextManager[Any]:
        return SimLock(self)

    def semaphore(self, count: int) -> AbstractContextManager[Any]:
        return SimLock(self, count)

    def spawn(self, name: str, function: Callable[..., Any], /, *args: Any) -> SimTask:
        return self.start_task(self.process, function, *args)

    def pool(self, name: str, size: int) -> SimPool:
        return SimPool(self, size)

    # Processes.

    @property
    def process(self) -> str:
        return self._processes.get(greenlet.getcurrent(), OUTSIDE)

    def kill(self, process: str) -> None:
        """The process stops where it is; when it is the caller's own, this never returns."""
        self.dead.add(process)
        if self.process == process:
            self._hub.switch()

    def lives(self, task: greenlet.greenlet) -> bool:
        return not task.dead and self._processes.get(task, OUTSIDE) not in self.dead

    def start_task(self, process: str, function: Callable[..., Any], /, *args: Any) -> SimTask:
        task = SimTask(self)
        made = greenlet.greenlet(lambda: self._run(task, function, *args), parent=self._hub)
        self._processes[made] = process
        self._ready.append(made)
        return task

    def _run(self, task: SimTask, function: Callable[..., Any], *args: Any) -> None:
        try:
            function(*args)
        except Exception as error:
            LOG.exception("A task of %s failed", self.process)
            self.errors.append(error)
        finally:
            task.finish()

    # The hub.

    def make_ready(self, task: greenlet.greenlet) -> None:
        if task in self._parked:
            del self._parked[task]
            self._ready.append(task)

    def park(self, seconds: float | None) -> None:
        """Let others run; come back when made ready, or after `seconds`."""
        me = greenlet.getcurrent()
        if me is self._hub:
            raise Stuck("only tasks may wait")
        number = next(self._numbers)
        self._parked[me] = number
        if seconds is not None:
            heapq.heappush(self._timers, (self._elapsed + max(seconds, 0), number, me, number))
        self._hub.switch()

    def run(self, seconds: float) -> None:
        """Let everything happen for so long."""
        end = self._elapsed + seconds
        while True:
            self._ready = [task for task in self._ready if self.lives(task)]
            if self._ready:
                task = self._ready.pop(self.random.randrange(len(self._ready)))
                task.switch()
            elif not self._wake_next(end):
                self._elapsed = max(self._elapsed, end)
                return

    def _wake_next(self, end: float) -> bool:
        while self._timers and self._timers[0][0] <= end:
            when, _, task, number = heapq.heappop(self._timers)
            if self._parked.get(task) == number and self.lives(task):
                self._elapsed = max(self._elapsed, when)
                self.make_ready(task)
                return True
        return False

    def perform(self, process: str, function: Callable[[], Any], seconds: float = 120.0) -> Any:
        """Run `function` as a task of `process` and wait for what it answers."""
        box: list[Any] = []
        task = self.start_task(process, lambda: box.append(function()))
        end = self._elapsed + seconds
        while not task.done() and self._elapsed < end and process not in self.dead:
            self.run(min(0.5, end - self._elapsed))
        return box[0] if box else None
