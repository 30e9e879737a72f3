"""The processes of the cloud, in the order in which they start."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon
from tools.quickstart_parts.layout import LOOPBACK, ROOT, Layout


@dataclass(frozen=True)
class Program:
    """`ready` says whether it can be used; None: as soon as it runs."""

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool] | None = None


def programs(layout: Layout, python: Path) -> tuple[Program, ...]:
    def module(name: str, *arguments: object) -> tuple[str, ...]:
        return (str(python), "-m", name, *map(str, arguments))

    nova = ("--config-file", layout.nova_conf)
    return (
        Program(
            "services",
            module("nova.standalone.services", *service_arguments(layout)),
            lambda: answers(layout.url("network", "/")),
        ),
        Program(
            "nova-placement-api",
            module(
                "nova.cmd.placement_api",
                *("--config-file", layout.placement_conf),
                *("--host", LOOPBACK, "--port", layout.ports["placement"]),
            ),
            lambda: answers(layout.url("placement", "/")),
        ),
        Program("nova-conductor", module("nova.cmd.conductor", *nova)),
        Program("nova-scheduler", module("nova.cmd.scheduler", *nova)),
        Program(
            "nova-api",
            module("nova.cmd.api", *nova),
            lambda: answers(layout.url("compute", "/")),
        ),
        Program("nova-compute", module("nova.cmd.compute", "--config-file", layout.compute_conf)),
    )


def service_arguments(layout: Layout) -> tuple[object, ...]:
    """How the embedded services are told their ports; `--teardown` may be added."""
    return (
        *("--state-dir", layout.services, "--password", layout.password),
        *("--identity-port", layout.ports["identity"]),
        *("--image-port", layout.ports["image"]),
        *("--network-port", layout.ports["network"]),
        *("--compute-url", layout.url("compute", "/v2.1")),
        *("--placement-url", layout.url("placement")),
        *("--metadata-url", layout.url("metadata"), "--metadata-secret", layout.password),
        *("--fabric", "bridges"),
    )


def start(layout: Layout, program: Program, patience: float = 60) -> None:
    """Start it and wait until it is ready; raises Failed."""
    daemon = Daemon(program.name, layout.state)
    daemon.start(program.argv, cwd=ROOT, env={"PYTHONUNBUFFERED": "1"})
    daemon.wait_until(program.ready or daemon.alive, patience)


def answers(url: str) -> bool:
    """Whether an HTTP service says anything but "not yet"."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
