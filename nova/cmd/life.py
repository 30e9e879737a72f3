"""The life of a process: begin, work until told to end, end."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from nova.cmd.signals import Signals
from nova.errors import ConfigurationFailure, NovaError

LOG = logging.getLogger(__name__)


class Work(Protocol):
    """The work of a process.  `start` returns when it is ready; `stop` when it is over."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Life:
    """`make` puts the work together, `report` answers what SIGUSR2 asks for, `reread` does
    what SIGHUP asks for.

    `patience` are the seconds that the end may take; 0: as long as it takes.  What is not
    finished then is given up as if the process had been killed: others, or its successor, go
    on with it.
    """

    def __init__(
        self,
        program: str,
        make: Callable[[], Work],
        report: Callable[[], str],
        patience: float = 20.0,
        reread: Callable[[], None] = lambda: None,
    ) -> None:
        self._program = program
        self._patience = patience
        self._make = make
        self._signals = Signals(report, reread)
        self._work: Work | None = None
        self._failed = False

    def live(self) -> int:
        """Until a signal comes, or the work cannot begin; the process's exit code.

        The process has to end after this.
        """
        threading.Thread(target=self._begin, name="begin", daemon=True).start()
        self._signals.wait()
        LOG.info("%s ends", self._program)
        code = 1 if self._failed else 0
        if self._patience:
            last = threading.Timer(self._patience, self._leave, [code])
            last.daemon = True
            last.start()
        if self._work is not None:
            self._work.stop()
        return code

    def _leave(self, code: int) -> None:
        """Something does not end, and may keep even the interpreter from ending."""
        LOG.warning("%s leaves work behind", self._program)
        logging.shutdown()
        os._exit(code)

    def _begin(self) -> None:
        """Beside the main thread, so that a process that waits for its cloud can be stopped."""
        try:
            self._work = self._make()
            self._work.start()
            LOG.info("%s is ready", self._program)
        except (Exception, SystemExit) as error:
            self._failed = True
            if not isinstance(error, SystemExit):  # who raises that has told why
                print(f"{self._program}: {_told(error)}", file=sys.stderr, flush=True)
            self._signals.end()


def _told(error: Exception) -> str:
    """One line."""
    if isinstance(error, ConfigurationFailure):
        return _line(error.message)
    if isinstance(error, NovaError):
        return f"cannot start: {_line(error.message)}"
    LOG.exception("Cannot start")
    return f"cannot start: {_line(str(error) or type(error).__name__)}"


def _line(text: str) -> str:
    return " ".join(text.split())
