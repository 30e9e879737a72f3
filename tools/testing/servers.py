"""Servers that tests talk to, for as long as the tests run."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from tools.daemons import libvirt
from tools.daemons.libvirt import Libvirt
from tools.daemons.mariadb import MariaDB
from tools.daemons.postgresql import PostgreSQL
from tools.daemons.process import Failed
from tools.daemons.rabbitmq import RabbitMQ


class Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Kind:
    """How a server is recognised, made, and told to the tests."""

    program: str
    variable: str
    make: Callable[[Path], tuple[Server, str]]


def _mysql(state: Path) -> tuple[Server, str]:
    server = MariaDB.on_free_port(state, "nova-test")
    return server, server.url()


def _postgres(state: Path) -> tuple[Server, str]:
    server = PostgreSQL.on_free_port(state)
    return server, server.url()


def _rabbit(state: Path) -> tuple[Server, str]:
    server = RabbitMQ.on_free_ports(f"nova-test-{state.name[-8:]}", state)
    return server, server.url()


KINDS = {
    "mysql": Kind("/usr/sbin/mariadbd", "NOVA_TEST_MYSQL_URL", _mysql),
    "postgres": Kind("/usr/lib/postgresql", "NOVA_TEST_POSTGRES_URL", _postgres),
    "rabbit": Kind("/usr/lib/rabbitmq/bin", "NOVA_TEST_RABBIT_URL", _rabbit),
    "libvirt": Kind(
        "/usr/sbin/libvirtd",
        "NOVA_TEST_LIBVIRT_URI",
        lambda state: (Libvirt(state), libvirt.URI),
    ),
}


class Servers:
    """Starts what is installed, in a directory of its own; yields the variables to set.

    A server that is not installed is left out, and the tests that need it are skipped;
    with NOVA_TEST_REQUIRE_SERVERS=1 in the environment that is an error.
    """

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._state: Path | None = None
        self._running: list[Server] = []

    def __enter__(self) -> dict[str, str]:
        if not self._wanted:
            return {}
        self._state = Path(tempfile.mkdtemp(prefix="nova-test-"))
        # The servers give up the privileges of root, and still have to get in.
        self._state.chmod(0o755)
        print(f"starting {', '.join(sorted(self._wanted))} ...", flush=True)
        try:
            with ThreadPoolExecutor() as pool:
                settings = list(pool.map(self._start, sorted(self._wanted)))
        except BaseException:
            self._stop()
            raise
        return dict(found for found in settings if found)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.stop(), self._running))
        if self._state is not None:
            shutil.rmtree(self._state, ignore_errors=True)

    def _start(self, name: str) -> tuple[str, str] | None:
        kind = KINDS[name]
        if not Path(kind.program).exists():
            if os.environ.get("NOVA_TEST_REQUIRE_SERVERS") == "1":
                raise Failed(f"{name} is not installed")
            print(f"{name} is not installed; tests that need it are skipped", file=sys.stderr)
            return None
        assert self._state is not None
        server, url = kind.make(self._state)
        self._running.append(server)
        server.start()
        return kind.variable, url
