"""The stock `openstack` command, as a user types it, without a second of imports each time.

Every command runs in a process of its own, which is forked from one that has imported
the client and done nothing else.
"""

import json
import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([
    "openstackclient.shell", "openstackclient.compute.client", "openstackclient.compute.v2.server",
    "openstackclient.identity.client", "openstackclient.image.client",
    "openstackclient.network.client",
])
PATIENCE = 120.0


class Refused(Exception):
    """The command ended with another code than 0; `text` is what it said about that."""

    def __init__(self, command: str, text: str) -> None:
        super().__init__(f"openstack {command}: {text}")
        self.text = text


@dataclass(frozen=True)
class OpenStack:
    """The command of one of the users in clouds.yaml."""

    clouds: Path
    cloud: str

    def do(self, *arguments: str) -> str:
        """What a command prints; raises Refused."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self._run(arguments, out, err)
            if code != 0:
                raise Refused(" ".join(arguments), f"{_text(err)} {_text(out)}".strip())
            return _text(out)

    def ask(self, *arguments: str) -> Any:
        """What a command shows or lists, as a mapping or a list of mappings."""
        return json.loads(self.do(*arguments, "-f", "json"))

    def names(self, *arguments: str, column: str = "Name") -> list[str]:
        """One column of a list, sorted."""
        return sorted(str(row[column]) for row in self.ask(*arguments))

    def refusal(self, *arguments: str) -> str:
        """What is said about a command that must fail."""
        try:
            printed = self.do(*arguments)
        except Refused as refused:
            return refused.text
        raise AssertionError(f"openstack {' '.join(arguments)} was done: {printed}")

    def _run(self, arguments: Sequence[str], out: IO[bytes], err: IO[bytes]) -> int:
        # The server of forks hands descriptors on by number, through their /proc entries.
        targets = [f"/proc/{os.getpid()}/fd/{each.fileno()}" for each in (out, err)]
        argv = ("--os-cloud", self.cloud, *arguments)
        process = _CONTEXT.Process(target=_command, args=(str(self.clouds), argv, *targets))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        return process.exitcode or 0


def _command(clouds: str, argv: Sequence[str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY), number)
    sys.stdout, sys.stderr = (open(n, "w", closefd=False) for n in (1, 2))  # noqa: SIM115
    sys.stdin = open(os.devnull)  # noqa: SIM115
    os.environ["OS_CLIENT_CONFIG_FILE"] = clouds
    warnings.simplefilter("ignore")
    from openstackclient.shell import main

    sys.exit(main(list(argv)))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().strip()
