"""Doing things again and again, until told to stop."""

import logging
import zlib
from collections.abc import Callable

from oslo_config import cfg

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

    def every(
        self, name: str, seconds: float, work: Callable[[], object], *, late: float = 0.0
    ) -> None:
        """Call `work` each `seconds` (the first time after them and `late`); 0 or less: never."""
        if seconds > 0:
            self._tasks.append(self._clock.spawn(name, self._loop, name, seconds, work, late))

    def once(self, name: str, work: Callable[[], object]) -> None:
        """Call `work` beside the caller, who waits for its end when all end."""
        self._tasks.append(self._clock.spawn(name, self._safely, name, work))

    def pause(self, seconds: float) -> bool:
        """Wait; True when the end came meanwhile."""
        return self._stopped.wait(seconds)

    def stop(self, timeout: float = 5.0) -> None:
        self._stopped.set()
        for task in self._tasks:
            task.join(timeout)

    def _loop(self, name: str, seconds: float, work: Callable[[], object], late: float) -> None:
        if self._stopped.wait(late):
            return
        while not self._stopped.wait(seconds):
            self._safely(name, work)

    def _safely(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except NovaError as error:
            LOG.warning("%s failed this time: %s", name, error)
        except Exception:
            LOG.exception("%s failed this time", name)


class Chores:
    """Loops that a process lives without: [DEFAULT]periodic_enable may switch them off, and
    periodic_fuzzy_delay spreads those of hosts that were started together.

    A host's share of the delay follows from its name, and is never more than the interval.
    """

    def __init__(self, loops: Periodic, conf: cfg.ConfigOpts) -> None:
        self._loops = loops
        self._conf = conf

    def every(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        if self._conf.periodic_enable:
            self._loops.every(name, seconds, work, late=self._share(name, seconds))

    def _share(self, name: str, seconds: float) -> float:
        part = zlib.crc32(f"{self._conf.host} {name}".encode()) / 2**32
        return part * min(seconds, float(self._conf.periodic_fuzzy_delay))
