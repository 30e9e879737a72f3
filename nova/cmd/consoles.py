"""What the three console proxies have in common: options, the way to guests, their life."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oslo_config import cfg

from nova.cmd import process
from nova.errors import ConfigurationFailure

if TYPE_CHECKING:
    from nova.console.rfb.handshake import Trust
    from nova.console.server import ProxyServer

# Options of all proxies that may also be given as arguments.
SHARED = ("daemon", "record", "ssl_only", "source_is_ipv6", "cert", "key", "web")
# Seconds in which a guest's end must answer while a session begins.
PATIENCE = 10.0


@dataclass(frozen=True)
class Proxy:
    """One of the programs.  `types` are the consoles it shows, `web` where its pages usually
    are; `arguments` further options that may be given as arguments, by group."""

    program: str
    types: tuple[str, ...]
    group: str
    host: str
    port: str
    web: str | None
    arguments: Sequence[str] = ()
    trust: Callable[[cfg.ConfigOpts], "Trust"] | None = None

    def options(self) -> Mapping[str, Sequence[str]]:
        return {"DEFAULT": SHARED, self.group: (self.host, self.port, *self.arguments)}


class Served:
    """The work of the process."""

    def __init__(self, conf: cfg.ConfigOpts, proxy: Proxy) -> None:
        from nova.core.clock import RealClock

        self._clock = RealClock()
        self._conf = conf
        self.server, self._health = assemble(conf, proxy)

    def start(self) -> None:
        self._clock.spawn("proxy", self.server.run)

    def stop(self) -> None:
        self.server.stop()

    def health(self) -> dict[str, str]:
        from nova.core.health import answers

        return {name: answers(ask) for name, ask in self._health.items()}


def assemble(
    conf: cfg.ConfigOpts, proxy: Proxy
) -> tuple["ProxyServer", Mapping[str, Callable[[], object]]]:
    """On real adapters: the proxy's own cell and its broker."""
    from nova.cmd import adapters
    from nova.cmd.own_cell import own_cell
    from nova.console.gate import Gate
    from nova.console.house import House
    from nova.console.server import ProxyServer, tls_context
    from nova.core.clock import RealClock
    from nova.rpc.calls import HostCalls

    clock, web = RealClock(), _web(conf)
    cell, buses = own_cell(conf, clock), adapters.buses(conf)
    house = House(
        clock=clock,
        gate=Gate(conf, clock, cell, HostCalls(buses), proxy.types),
        dial=dial,
        trust=proxy.trust(conf) if proxy.trust else None,
        web=web,
        record=conf.record,
    )
    tls = tls_context(conf.cert, conf.key, conf.console.ssl_ciphers,
                      conf.console.ssl_minimum_version)
    if conf.ssl_only and tls is None:
        raise ConfigurationFailure(reason=f"SSL only and {conf.cert} not found")
    server = ProxyServer(house, _listen(conf, proxy), tls, tls_only=conf.ssl_only)
    return server, {"database": cell.ping, "broker": buses.top.ping}


def dial(host: str, port: int) -> Any:
    import socket

    return socket.create_connection((host, port), PATIENCE)


def _web(conf: cfg.ConfigOpts) -> str | None:
    if conf.web and not os.path.isdir(conf.web):
        raise ConfigurationFailure(reason=f"Can not find html/js files at {conf.web}.")
    return os.path.abspath(conf.web) if conf.web else None


def _listen(conf: cfg.ConfigOpts, proxy: Proxy) -> Any:
    import socket

    options = conf[proxy.group]
    host, port = str(options[proxy.host]), options[proxy.port]
    six = conf.source_is_ipv6 or ":" in host
    if six and host == "0.0.0.0":  # noqa: S104
        host = "::"
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if six else socket.AF_INET, backlog=100
        )
    except OSError as error:
        raise ConfigurationFailure(
            reason=f"Cannot listen on {host} port {port}: {error.strerror}"
        ) from error


def main(proxy: Proxy, argv: Any = None) -> int:
    def build(conf: cfg.ConfigOpts) -> process.Work:
        work = Served(conf, proxy)
        return process.Monitored(conf, proxy.program, work, work.health)

    def prepare(conf: cfg.ConfigOpts) -> None:
        conf.set_default("web", proxy.web)

    def parsed(conf: cfg.ConfigOpts) -> None:
        if conf.daemon:
            detach()
        process.choose_concurrency(conf)

    return process.main(
        proxy.program, build, argv, arguments=proxy.options(), prepare=prepare, parsed=parsed
    )


def detach() -> None:
    """Go on in the background, without a terminal; before there are threads."""
    sys.stdout.flush()
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
