"""Doing things again and again, until told to stop."""

import logging
from collections.abc import Callable

from nova.core.clock import Clock, Task
from nova.errors import NovaError

LOG = logging.getLogger(__name__)


class Periodic:
    """A set of loops that end together.

    An error of one turn is logged and the next turn comes all the same.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = clock.event()
        self._tasks: list[Task] = []

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set()

    def every(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        """Call `work` each `seconds` (the first time after them); 0 or less: never."""
        if seconds > 0:
            self._tasks.append(self._clock.spawn(name, self._loop, name, seconds, work))

    def pause(self, seconds: float) -> bool:
        """Wait; True when the end came meanwhile."""
        return self._stopped.wait(seconds)

    def stop(self, timeout: float = 5.0) -> None:
        self._stopped.set()
        for task in self._tasks:
            task.join(timeout)

    def _loop(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        while not self._stopped.wait(seconds):
            try:
                work()
            except NovaError as error:
                LOG.warning("%s failed this time: %s", name, error)
            except Exception:
                LOG.exception("%s failed this time", name)
