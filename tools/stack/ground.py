"""A stack with the broker and the database server it stands on."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.mariadb import MariaDB
from tools.daemons.rabbitmq import RabbitMQ
from tools.stack.cloud import DATABASES, PASSWORD, Stack, places_of
from tools.stack.options import Options


@dataclass(frozen=True)
class Ground:
    """All of it on free ports, with its state in one directory."""

    rabbit: RabbitMQ
    mariadb: MariaDB
    stack: Stack

    @classmethod
    def in_directory(
        cls, state: Path, hosts: Sequence[str], extra: Options | None = None
    ) -> "Ground":
        """Nothing runs yet.  `state` exists and is let to all: the servers have users of
        their own."""
        state.chmod(0o755)
        rabbit = RabbitMQ.on_free_ports(f"stack-{state.name[-8:]}", state)
        mariadb = MariaDB.on_free_port(state, PASSWORD)
        databases = {name: mariadb.url(name) for name in DATABASES}
        places = places_of(state, rabbit.url(), databases, extra=extra)
        return cls(rabbit, mariadb, Stack(places, tuple(hosts)))

    def lay(self) -> None:
        """Start the broker and the database server."""
        self.rabbit.start()
        self.mariadb.start()
        self.mariadb.create(*DATABASES)

    def clear(self) -> None:
        """Stop everything; the directory stays."""
        self.stack.down()
        self.mariadb.stop()
        self.rabbit.stop()


@contextlib.contextmanager
def running(
    state: Path, hosts: Sequence[str], extra: Options | None = None, *, together: bool = True
) -> Iterator[Ground]:
    """A ground with its stack up; `together` False starts one process after the other."""
    ground = Ground.in_directory(state, hosts, extra)
    try:
        ground.lay()
        ground.stack.up(together=together)
        yield ground
    finally:
        ground.clear()
