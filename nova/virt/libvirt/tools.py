"""Commands of the operating system."""

import logging
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.native import Native

LOG = logging.getLogger(__name__)
CHUNK = 1024 * 1024


class CommandFailed(HypervisorError):
    """A command ran, and ended with a code other than zero."""

    @property
    def exit_code(self) -> int:
        return int(self.gaps["exit_code"])


class Tools:
    def __init__(self, native: Native) -> None:
        self._native = native

    def run(
        self, *command: str | Path, seconds: float | None = None, handles: Sequence[int] = ()
    ) -> str:
        """What it printed.  It inherits the `handles`.  Raises HypervisorError when it fails,
        is not there, or takes longer than `seconds`."""
        words = [str(word) for word in command]
        LOG.debug("Running %s", words)
        return self._native.call(_run, words, seconds, handles)

    def stream(self, *command: str | Path) -> Iterator[bytes]:
        """What it prints, as it prints it; closing the iterator ends the command.  Raises
        HypervisorError, at the end too."""
        words = [str(word) for word in command]
        LOG.debug("Reading from %s", words)
        with tempfile.TemporaryFile() as complaints:
            process = self._native.call(_start, words, complaints)
            try:
                while chunk := self._native.call(process.stdout.read, CHUNK):
                    yield chunk
                exit_code = self._native.call(process.wait)
            finally:
                process.kill()
                process.stdout.close()
                self._native.call(process.wait)
            if exit_code:
                complaints.seek(0)
                reason = complaints.read().decode(errors="replace").strip()
                raise CommandFailed(verb=f"run {words[0]}", reason=reason, exit_code=exit_code)


def _start(words: Sequence[str], complaints: IO[bytes]) -> Any:
    try:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        )
    except OSError as error:
        raise HypervisorError(verb=f"run {words[0]}", reason=str(error)) from error


def _run(words: Sequence[str], seconds: float | None, handles: Sequence[int]) -> str:
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
            pass_fds=handles,
        )
    except subprocess.CalledProcessError as error:
        raise CommandFailed(
            verb=f"run {words[0]}", reason=error.stderr.strip(), exit_code=error.returncode
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HypervisorError(verb=f"run {words[0]}", reason=str(error)) from error
    return done.stdout
