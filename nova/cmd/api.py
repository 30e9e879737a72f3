"""nova-api: the compute API over HTTP."""

import sys
import threading
from typing import Any

from oslo_config import cfg

from nova.cmd import process


class Api:
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        from nova.wsgi.compute import assemble
        from nova.wsgi.serve import HttpServer

        self._server = HttpServer(
            assemble(conf), conf.osapi_compute_listen, conf.osapi_compute_listen_port,
            threads=conf.wsgi.threads,
        )

    def start(self) -> None:
        threading.Thread(target=self._server.run, name="http", daemon=True).start()

    def stop(self) -> None:
        self._server.stop()


def build(conf: cfg.ConfigOpts) -> process.Work:
    return Api(conf)


def main(argv: Any = None) -> int:
    return process.main("nova-api", build, argv)


if __name__ == "__main__":
    sys.exit(main())
