"""Keeps the snapshot young, so that requests find it ready."""

import logging

from nova.core.clock import Clock, Event, Task
from nova.scheduler.snapshot import Snapshot

LOG = logging.getLogger(__name__)


class Upkeep:
    """Reads what changed every `interval` seconds until stopped."""

    def __init__(self, clock: Clock, snapshot: Snapshot, interval: float) -> None:
        self._clock, self._snapshot, self._interval = clock, snapshot, interval
        self._stop: Event = clock.event()
        self._task: Task | None = None

    def start(self) -> None:
        self._task = self._clock.spawn("scheduler-upkeep", self._run)

    def stop(self, timeout: float | None = None) -> None:
        self._stop.set()
        if self._task is not None:
            self._task.join(timeout)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._once()
            self._stop.wait(self._interval)

    def _once(self) -> None:
        try:
            self._snapshot.refresh()
        except Exception:
            LOG.exception("The hosts cannot be read; going on with what is known")
