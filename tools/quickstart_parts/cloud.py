"""Up, down and status of the whole cloud."""

import contextlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.daemons.libvirt import Libvirt
from tools.daemons.process import Daemon, Failed, in_parallel, run
from tools.daemons.rabbitmq import RabbitMQ
from tools.quickstart_parts import files, hypervisor, packages, processes, tour
from tools.quickstart_parts.layout import ROOT, Layout
from tools.quickstart_parts.progress import Progress
from tools.testing import environment


@dataclass(frozen=True)
class Wishes:
    """What the user asked for."""

    virt_type: str | None = None
    guest: bool = True
    install: bool = True


@dataclass(frozen=True)
class Cloud:
    layout: Layout
    progress: Progress

    def up(self, wishes: Wishes) -> None:
        """Raises Failed; what was started by then keeps running, so that one can look."""
        _require_root()
        if wishes.install:
            self._install()
        python = self.python()
        new = not self.layout.clouds.exists()
        self.layout.prepare()
        self._image()
        self._virt_type(wishes)
        files.write_all(self.layout, self._broker().url())
        with self.progress.step("starting RabbitMQ, libvirt, identity, image, network, placement"):
            in_parallel(
                [
                    self._broker().start,
                    Libvirt(self.layout.state).start,
                    lambda: self._databases(python),
                    *self._starts(processes.surroundings(self.layout, python)),
                ]
            )
        shutil.copy(self.layout.services / "clouds.yaml", self.layout.clouds)
        with self.progress.step("starting Nova's own processes"):
            # A message to a conductor that was never there is lost, and waited for.
            conductor, *others = self._starts(processes.nova(self.layout, python))
            conductor()
            in_parallel(others)
            self._manage(python, "cell_v2", "discover_hosts")
        if wishes.guest:
            self._tour(python, new)
        self._say_goodbye()

    def _starts(self, programs: Iterable[processes.Program]) -> list[Callable[[], None]]:
        return [partial(processes.start, self.layout, program) for program in programs]

    def _stops(self, programs: Iterable[processes.Program]) -> list[Callable[[], None]]:
        return [Daemon(program.name, self.layout.state).stop for program in programs]

    def down(self) -> None:
        """Also after a crash, and from any state; raises nothing that can be helped."""
        _require_root()
        if not self.layout.state.exists():
            self.progress.say(f"there is nothing in {self.layout.state}")
            return
        python = self.python()
        with self.progress.step("stopping Nova"):
            in_parallel(self._stops(processes.nova(self.layout, python)))
        with self.progress.step("stopping placement, network, image, identity"):
            in_parallel(self._stops(processes.surroundings(self.layout, python)))
        with self.progress.step("removing guests and networks"):
            self._clean_host(python)
        with self.progress.step("stopping libvirt and RabbitMQ, if they are ours"):
            Libvirt(self.layout.state).stop()
            self._broker().stop()
        for mount in _mounts_below(self.layout.state):
            run(["umount", "--lazy", mount])
        shutil.rmtree(self.layout.state, ignore_errors=True)
        self.progress.say("nothing is left of it")

    def status(self) -> bool:
        """Print what runs; True when all of it does."""
        names = [program.name for program in processes.programs(self.layout, self.python())]
        running = {name: Daemon(name, self.layout.state).pid() for name in ("rabbitmq", *names)}
        for name, pid in running.items():
            self.progress.say(f"{name:20} {f'runs, process {pid}' if pid else 'does not run'}")
        self.progress.say(f"files and logs: {self.layout.state}")
        return all(running.values())

    def restart(self, name: str) -> None:
        """Stop and start one process of the cloud."""
        known = {
            program.name: program for program in processes.programs(self.layout, self.python())
        }
        if name not in known:
            raise Failed(f"{name} is none of {', '.join(known)}")
        with self.progress.step(f"restarting {name}"):
            Daemon(name, self.layout.state).stop()
            processes.start(self.layout, known[name])

    def python(self) -> Path:
        return environment.python(ROOT, frozenset({"client"}))

    def _install(self) -> None:
        wanted = packages.missing()
        if wanted:
            with self.progress.step(f"installing {len(wanted)} Debian packages"):
                packages.install(wanted)

    def _image(self) -> None:
        image = self.layout.guest_image
        if not image.exists():
            with self.progress.step("making the guest image"):
                image.parent.mkdir(exist_ok=True)
                run([str(ROOT / "tools" / "make-guest-image"), str(image)])

    def _virt_type(self, wishes: Wishes) -> None:
        if wishes.virt_type or not self.layout.virt_type:
            with self.progress.step("finding out how guests can run"):
                self.layout.virt_type = hypervisor.choose(wishes.virt_type, self.layout.guest_image)
                self.layout.save()
            self.progress.say(f"    | with {self.layout.virt_type}")

    def _broker(self) -> RabbitMQ:
        layout = self.layout
        ports = (layout.port("rabbitmq"), layout.port("rabbitmq_distribution"))
        # Two clouds on one machine need two names.
        name = f"nova-quickstart-{zlib.crc32(bytes(layout.state)):08x}"
        return RabbitMQ(name, layout.state, *ports)

    def _databases(self, python: Path) -> None:
        new = not (self.layout.state / "nova_api.sqlite").exists()
        cell0, cell1 = (files.database(self.layout, name) for name in ("nova_cell0", "nova_cell1"))
        self._manage(python, "api_db", "sync")
        self._manage(python, "cell_v2", "map_cell0", "--database_connection", cell0)
        self._manage(python, "db", "sync")
        if new or "cell1" not in self._manage(python, "cell_v2", "list_cells"):
            self._manage(
                python,
                *("cell_v2", "create_cell", "--name", "cell1"),
                *("--database_connection", cell1, "--transport-url", self._broker().url()),
            )

    def _manage(self, python: Path, *arguments: str) -> str:
        command = [str(python), "-m", "nova.cmd.manage", "--config-file"]
        return run([*command, str(self.layout.nova_conf), *arguments], cwd=ROOT)

    def _tour(self, python: Path, new: bool) -> None:
        program = python.parent / "openstack"
        admin = tour.Client(self.layout, program, "admin", empty=new)
        demo = tour.Client(self.layout, program, "demo", empty=new)
        tour.prepare(admin, demo, self.progress)
        address = tour.boot(demo, self.progress)
        self.progress.say(tour.console(demo, self.progress))
        tour.ping(address, self.progress)

    def _clean_host(self, python: Path) -> None:
        for domain in hypervisor.domains_below(self.layout.state):
            hypervisor.remove(domain)
        arguments = map(str, processes.service_arguments(self.layout))
        with contextlib.suppress(Failed):
            run([str(python), "-m", "nova.standalone.services", *arguments, "--teardown"], cwd=ROOT)

    def _say_goodbye(self) -> None:
        layout = self.layout
        self.progress.say(
            f"""
Ready after {self.progress.elapsed():.0f} s.  Go on like this:

    export OS_CLIENT_CONFIG_FILE={layout.clouds} OS_CLOUD=demo   # or admin
    export PATH={self.python().parent}:$PATH
    openstack server list
    ssh -i {layout.key} root@ADDRESS
    tools/quickstart status          # what runs, where the logs are
    tools/quickstart down            # remove it all
"""
        )


def _require_root() -> None:
    if os.geteuid() != 0:
        raise Failed("only root can start guests and networks")


def _mounts_below(directory: Path) -> Iterator[str]:
    """Deepest first."""
    lines = Path("/proc/mounts").read_text().splitlines()
    yield from sorted(
        (p for p in (line.split()[1] for line in lines) if p.startswith(f"{directory}/")),
        reverse=True,
    )
