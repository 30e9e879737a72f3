"""What an operator says to a running process: end, read your files again, or tell how you are.

A handler must not do more than note the signal, for it may interrupt anything
(under eventlet also the loop that everything else waits on).  So the interpreter
writes the number of each signal into a pipe, and the main thread reads it there.
"""

import os
import select
import signal
import sys
from collections.abc import Callable

ENDING = (signal.SIGTERM, signal.SIGINT)
_ASKED = b"\0"  # no signal has this number


class Signals:
    """Listens from construction on; only the main thread may construct it and wait."""

    def __init__(self, report: Callable[[], str], reread: Callable[[], None]) -> None:
        """`report` answers the text that SIGUSR2 puts on stderr, `reread` is what SIGHUP asks."""
        self._report = report
        self._reread = reread
        self._told, self._tell = os.pipe()
        for end in (self._told, self._tell):
            os.set_blocking(end, False)
        for number in (*ENDING, signal.SIGUSR2, signal.SIGHUP):
            signal.signal(number, _noted)
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)

    def end(self) -> None:
        """As if a signal had come; from any thread."""
        os.write(self._tell, _ASKED)

    def wait(self) -> None:
        """Return when the process is to end; a second Ctrl-C ends it without more ado."""
        while not self._ends(self._next()):
            pass
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def _next(self) -> bytes:
        select.select([self._told], [], [])
        return os.read(self._told, 64)

    def _ends(self, numbers: bytes) -> bool:
        if signal.SIGUSR2 in numbers:
            print(self._report(), file=sys.stderr, flush=True)
        if signal.SIGHUP in numbers:
            self._reread()
        return any(number in numbers for number in (*ENDING, _ASKED[0]))


def _noted(*_: object) -> None:
    """The pipe has it already."""
