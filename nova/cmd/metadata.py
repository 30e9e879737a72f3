"""nova-metadata-api: tells guests who they are."""

import sys
from typing import Any

from oslo_config import cfg

from nova.cmd import process

PROGRAM = "nova-metadata-api"


class Metadata:
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        from nova.core.clock import RealClock
        from nova.wsgi.metadata_parts import assemble
        from nova.wsgi.serve import HttpServer

        app, self._servers = assemble(conf)
        self._clock = RealClock()
        self._server = HttpServer(
            app, conf.metadata_listen, conf.metadata_listen_port, threads=THREADS
        )

    def start(self) -> None:
        self._clock.spawn("http", self._server.run)

    def stop(self) -> None:
        self._server.stop()

    def health(self) -> dict[str, str]:
        from nova.core.health import answers

        return {"database": answers(self._servers.ping)}


# Guests answered side by side; more wait in the server's queue.
THREADS = 32


def build(conf: cfg.ConfigOpts) -> process.Work:
    work = Metadata(conf)
    return process.Monitored(conf, PROGRAM, work, work.health)


def main(argv: Any = None) -> int:
    return process.main(PROGRAM, build, argv)


if __name__ == "__main__":
    sys.exit(main())
