"""A service with a database, files and processes."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.daemons.process import Daemon, Failed, run
from tools.gate_parts.layout import LOOPBACK, Layout


@dataclass(frozen=True)
class Process:
    """`url` answers when it can be used; empty: nobody asks it."""

    name: str
    argv: Sequence[str]
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """`write` makes its files, `prepare` are commands to be run once, in this order, and
    `renew` at each later start."""

    name: str
    databases: tuple[str, ...]
    write: Callable[[], None]
    prepare: tuple[tuple[str, ...], ...]
    processes: tuple[Process, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    renew: tuple[tuple[str, ...], ...] = ()


def prepare(layout: Layout, service: Service) -> None:
    """Its files and its databases; nobody else is needed for them but MariaDB."""
    layout.mariadb.create(*service.databases)
    service.write()
    mark = layout.state / f"{service.name}.prepared"
    for command in service.renew if mark.exists() else service.prepare:
        run(command, env=service.env)
    mark.touch()


def start(layout: Layout, service: Service) -> None:
    """Start all processes; `ready` waits for them."""
    for process in service.processes:
        daemon = Daemon(process.name, layout.state)
        if process.url and not daemon.alive() and answers(process.url):
            raise Failed(f"{process.name}: somebody else answers at {process.url}")
        daemon.start(process.argv, env={**service.env, **process.env, **_path(layout)})


def ready(layout: Layout, service: Service, patience: float = 120) -> None:
    """Raises Failed."""
    for process in service.processes:
        if process.url:
            Daemon(process.name, layout.state).wait_until(lambda: answers(process.url), patience)  # noqa: B023


def stop(layout: Layout, service: Service) -> None:
    for process in reversed(service.processes):
        Daemon(process.name, layout.state).stop()


def _path(layout: Layout) -> dict[str, str]:
    """Services call helpers of their own environment, some through sudo, which would forget
    where that is."""
    return {"PATH": f"{layout.state}/bin:{layout.services}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def sudo(layout: Layout) -> None:
    """Everything runs as root here already."""
    script = layout.state / "bin" / "sudo"
    script.write_text('#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    script.chmod(0o755)


def uwsgi(layout: Layout, name: str, port: str, module: str, *arguments: str) -> list[str]:
    """The command that serves a WSGI application."""
    more = ["--pyargv", " ".join(arguments)] if arguments else []
    return [
        str(layout.services / "bin" / "uwsgi"), "--http-socket", f"{LOOPBACK}:{layout.ports[port]}",
        "--module", module, "--procname", name, "--master", "--processes", "1", "--threads", "8",
        "--enable-threads", "--lazy-apps", "--die-on-term", "--need-app", "--buffer-size", "65535",
        "--disable-logging", "--listen", "100", "--add-header", "Connection: close", *more,
    ]


def answers(url: str) -> bool:
    """Whether an HTTP service says anything but "not yet"."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def program(layout: Layout, name: str) -> str:
    """A console script of the services' environment."""
    return str(layout.services / "bin" / name)


def files(*paths: Path) -> tuple[str, ...]:
    return tuple(part for path in paths for part in ("--config-file", str(path)))
