"""Starting, stopping and killing the processes of a stack."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools.daemons.process import Daemon, free_port, run
from tools.quickstart_parts.processes import answers
from tools.stack import options
from tools.stack.options import LOOPBACK, Options, Places

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASES = ("nova_api", "nova_cell0", "nova_cell1", "placement")
PASSWORD = "stack-password"


def places_of(
    state: Path, rabbit: str, database: Mapping[str, str], *, extra: Options | None = None,
    driver: str = "fake.FakeDriver", hosts: Sequence[str] = (),
) -> Places:
    """Places on free ports."""
    names = ["identity", "image", "network", "placement", "compute"]
    names += [f"monitoring-{host}" for host in hosts]
    ports = {name: free_port() for name in names}
    return Places(state, ports, rabbit, database, PASSWORD, driver, extra or {})


@dataclass
class Stack:
    """Processes by name: services, nova-placement-api, nova-conductor, nova-scheduler,
    nova-api, and one nova-compute-HOST for each of `hosts`."""

    places: Places
    hosts: tuple[str, ...] = ("host1",)
    python: str = sys.executable
    ready_after: dict[str, float] = field(default_factory=dict)

    @property
    def computes(self) -> list[str]:
        return [f"nova-compute-{host}" for host in self.hosts]

    @property
    def names(self) -> list[str]:
        return ["services", "nova-placement-api", "nova-conductor", "nova-scheduler", "nova-api",
                *self.computes]

    def up(self, *, together: bool = False) -> "Stack":
        """Databases, then every process; returns when all hosts are known and mapped.

        One after the other, so that `ready_after` tells the time each needs, or `together`.
        """
        self.write()
        self.manage("api_db", "sync")
        self.manage("cell_v2", "map_cell0", "--database_connection",
                    self.places.database["nova_cell0"])
        self.manage("db", "sync")
        self.manage("cell_v2", "create_cell", "--name", "cell1", "--database_connection",
                    self.places.database["nova_cell1"], "--transport-url", self.places.rabbit)
        self.start("services")
        _each(self.start, self.names[1:], 4 if together else 1)
        self.wait_for_hosts()
        self.manage("cell_v2", "discover_hosts")
        return self

    def down(self) -> None:
        _each(lambda name: self.daemon(name).stop(10), reversed(self.names), 10)

    def daemon(self, name: str) -> Daemon:
        return Daemon(name, self.places.state)

    def start(self, name: str) -> None:
        """Start one and wait until it is ready; remembers how long that took."""
        began = time.monotonic()
        daemon = self.daemon(name)
        size = daemon.log.stat().st_size if daemon.log.exists() else 0
        daemon.start(self._argv(name), cwd=ROOT, env={"PYTHONUNBUFFERED": "1",
                                                      "PYTHONPATH": str(ROOT)})
        daemon.wait_until(lambda: self._ready(name, size), 90)
        self.ready_after[name] = time.monotonic() - began

    def kill(self, name: str) -> None:
        """As a crash would: no warning, no clean end."""
        pid = self.daemon(name).pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.daemon(name).stop(0)

    def manage(self, *arguments: str) -> str:
        command = [self.python, "-m", "nova.cmd.manage", "--config-file",
                   str(self.places.state / "nova.conf")]
        return run([*command, *arguments], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})

    def wait_for_hosts(self, patience: float = 60) -> None:
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if all(self._ready(name, 0) for name in self.computes):
                return
            time.sleep(0.2)
        raise TimeoutError("the compute hosts did not become ready")

    def write(self) -> None:
        """The configuration files."""
        self.places.state.mkdir(parents=True, exist_ok=True)
        options.controller(self.places)
        options.placement(self.places)
        for host in self.hosts:
            options.compute(self.places, host)

    def _argv(self, name: str) -> list[str]:
        places, module = self.places, [self.python, "-W", "ignore", "-m"]
        if name == "services":
            return [*module, "nova.standalone.services", *map(str, (
                "--state-dir", places.state / "services", "--password", places.password,
                "--identity-port", places.ports["identity"],
                "--image-port", places.ports["image"],
                "--network-port", places.ports["network"],
                "--compute-url", places.url("compute", "/v2.1"),
                "--placement-url", places.url("placement"),
            ))]
        if name == "nova-placement-api":
            return [*module, "nova.cmd.placement_api", "--config-file",
                    str(places.state / "placement.conf"), "--host", LOOPBACK, "--port",
                    str(places.ports["placement"])]
        if name.startswith("nova-compute-"):
            host = name.removeprefix("nova-compute-")
            return [*module, "nova.cmd.compute", "--config-file",
                    str(places.state / f"{host}.conf")]
        return [*module, f"nova.cmd.{name.removeprefix('nova-')}", "--config-file",
                str(places.state / "nova.conf")]

    def _ready(self, name: str, size: int) -> bool:
        doors = {"services": "network", "nova-placement-api": "placement", "nova-api": "compute"}
        if name in doors:
            return answers(self.places.url(doors[name], "/"))
        kind = "nova-compute" if name in self.computes else name
        with self.daemon(name).log.open(errors="replace") as log:
            log.seek(size)
            return f"{kind} is ready" in log.read()


def _each(work: Callable[[str], object], names: Iterable[str], at_once: int) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(work, names))
