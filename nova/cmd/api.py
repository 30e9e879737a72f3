"""nova-api: the compute API over HTTP, and the metadata service if it is to have that too."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from oslo_config import cfg

from nova.cmd import process
from nova.cmd.metadata import THREADS as METADATA_THREADS
from nova.errors import ConfigurationFailure


class Apis:
    """Those of [DEFAULT]enabled_apis; all of them listen before the first answers."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        wanted = dict.fromkeys(conf.enabled_apis)
        if not wanted:
            raise ConfigurationFailure(reason="[DEFAULT]enabled_apis names nothing to serve")
        self._servers = [_OPENED[name](conf) for name in wanted]

    def start(self) -> None:
        from nova.core.clock import RealClock

        for server in self._servers:
            RealClock().spawn("http", server.run)

    def stop(self) -> None:
        for server in self._servers:
            server.stop()


def _compute(conf: cfg.ConfigOpts) -> Any:
    from nova.wsgi.compute import assemble, be_seen
    from nova.wsgi.serve import HttpServer

    server = HttpServer(
        assemble(conf), conf.osapi_compute_listen, conf.osapi_compute_listen_port,
        threads=conf.wsgi.threads,
    )
    be_seen(conf)
    return server


def _metadata(conf: cfg.ConfigOpts) -> Any:
    from nova.wsgi.metadata_parts import assemble
    from nova.wsgi.serve import HttpServer

    return HttpServer(
        assemble(conf)[0], conf.metadata_listen, conf.metadata_listen_port,
        threads=METADATA_THREADS,
    )


_OPENED: Mapping[str, Callable[[cfg.ConfigOpts], Any]] = {
    "osapi_compute": _compute, "metadata": _metadata,
}  # fmt: skip


def build(conf: cfg.ConfigOpts) -> process.Work:
    return Apis(conf)


def main(argv: Any = None) -> int:
    return process.main("nova-api", build, argv)


if __name__ == "__main__":
    sys.exit(main())
