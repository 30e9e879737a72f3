"""The processes of the cloud, in the order in which they start."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tools.daemons.process import Daemon
from tools.quickstart_parts.layout import LOOPBACK, ROOT, Layout


@dataclass(frozen=True)
class Program:
    """`url` answers when the process can be used."""

    name: str
    argv: tuple[str, ...]
    url: str


def programs(layout: Layout, python: Path) -> tuple[Program, ...]:
    """All of them, those first that others need at once."""
    return (*surroundings(layout, python), *nova(layout, python))


def surroundings(layout: Layout, python: Path) -> tuple[Program, ...]:
    """Identity, image and network in one process, and placement."""
    return (
        Program(
            "services",
            _module(python, "nova.standalone.services", *service_arguments(layout)),
            layout.url("network", "/"),
        ),
        Program(
            "nova-placement-api",
            _module(
                python,
                "nova.cmd.placement_api",
                *("--config-file", layout.placement_conf),
                *("--host", LOOPBACK, "--port", layout.port("placement")),
            ),
            layout.url("placement", "/"),
        ),
    )


def nova(layout: Layout, python: Path) -> tuple[Program, ...]:
    def program(name: str, conf: Path) -> Program:
        module = "nova.cmd." + name.removeprefix("nova-").removesuffix("-api")
        own = layout.process_conf(name)
        argv = _module(python, module, "--config-file", conf, "--config-file", own)
        return Program(name, argv, layout.url(name, "/healthz"))

    return (
        program("nova-conductor", layout.nova_conf),
        program("nova-scheduler", layout.nova_conf),
        Program(
            "nova-api",
            _module(python, "nova.cmd.api", "--config-file", layout.nova_conf),
            layout.url("compute", "/"),
        ),
        program("nova-compute", layout.compute_conf),
        program("nova-metadata-api", layout.nova_conf),
        program("nova-novncproxy", layout.nova_conf),
        program("nova-serialproxy", layout.nova_conf),
    )


def _module(python: Path, name: str, *arguments: object) -> tuple[str, ...]:
    return (str(python), "-m", name, *map(str, arguments))


def service_arguments(layout: Layout) -> tuple[object, ...]:
    """How the embedded services are told their ports; `--teardown` may be added."""
    return (
        *("--state-dir", layout.services, "--password", layout.password),
        *("--identity-port", layout.port("identity")),
        *("--image-port", layout.port("image")),
        *("--network-port", layout.port("network")),
        *("--compute-url", layout.url("compute", "/v2.1")),
        *("--placement-url", layout.url("placement")),
        *("--metadata-url", layout.url("metadata"), "--metadata-secret", layout.password),
        *("--fabric", "bridges"),
    )


def start(layout: Layout, program: Program, patience: float = 90) -> None:
    """Start it and wait until it is ready; raises Failed."""
    daemon = Daemon(program.name, layout.state)
    daemon.start(program.argv, cwd=ROOT, env={"PYTHONUNBUFFERED": "1"})
    daemon.wait_until(lambda: answers(program.url), patience)


def answers(url: str) -> bool:
    """Whether an HTTP service says anything but "not yet"."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
