"""Several processes of one program, and the one that sees to it that they live."""

import ctypes
import logging
import os
import signal
from collections.abc import Callable

LOG = logging.getLogger(__name__)

_ENDING = {signal.SIGTERM, signal.SIGINT}
_PASSED_ON = {signal.SIGUSR2, signal.SIGHUP}
_HEARD = _ENDING | _PASSED_ON | {signal.SIGCHLD}
_SET_PARENT_DEATH_SIGNAL = 1
COULD_NOT_START = 1


class Crew:
    """`work` is what each does, by its number from 0; it answers an exit code.

    Only to be made before any thread is started, because it forks.
    """

    def __init__(self, count: int, work: Callable[[int], int]) -> None:
        self._work = work
        self._free = list(range(count))
        self._numbers: dict[int, int] = {}

    def live(self) -> int:
        """Until a signal comes, or one cannot start; the exit code, also of each worker.

        Who dies otherwise is replaced.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        while True:
            while self._free:
                number = self._free.pop(0)
                pid = os.fork()
                if pid == 0:
                    return self._as_worker(number)
                self._numbers[pid] = number
            heard = signal.sigwait(_HEARD)
            if heard in _ENDING:
                return self._end()
            if heard in _PASSED_ON:
                self._tell(heard)
            elif self._reap() == COULD_NOT_START:
                self._end()
                return COULD_NOT_START

    def _as_worker(self, number: int) -> int:
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        return self._work(number)

    def _reap(self) -> int:
        """The worst exit code of those that died."""
        worst = 0
        while self._numbers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            self._free.append(self._numbers.pop(pid))
            code = os.waitstatus_to_exitcode(status)
            LOG.warning("Worker %s ended with code %s", pid, code)
            worst = max(worst, code)
        return worst

    def _end(self) -> int:
        """All end, in their own time; 1 when one of them did not end well."""
        self._tell(signal.SIGTERM)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in self._numbers]
        return int(any(codes))

    def _tell(self, number: int) -> None:
        for pid in self._numbers:
            os.kill(pid, number)
