"""Commands of the operating system."""

import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.native import Native

LOG = logging.getLogger(__name__)


class CommandFailed(HypervisorError):
    """A command ran, and ended with a code other than zero."""

    @property
    def exit_code(self) -> int:
        return int(self.gaps["exit_code"])


class Tools:
    def __init__(self, native: Native) -> None:
        self._native = native

    def run(self, *command: str | Path, seconds: float | None = None) -> str:
        """What it printed.  Raises HypervisorError when it fails, is not there, or
        takes longer than `seconds`."""
        words = [str(word) for word in command]
        LOG.debug("Running %s", words)
        return self._native.call(_run, words, seconds)


def _run(words: Sequence[str], seconds: float | None) -> str:
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise CommandFailed(
            verb=f"run {words[0]}", reason=error.stderr.strip(), exit_code=error.returncode
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HypervisorError(verb=f"run {words[0]}", reason=str(error)) from error
    return done.stdout
