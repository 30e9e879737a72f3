"""Starting and stopping everything, in order."""

import contextlib
import os
import shutil
import signal
from functools import partial
from pathlib import Path

from tools.daemons.process import Daemon, in_parallel, listens, run
from tools.gate_parts import (
    environments,
    hypervisor,
    ours,
    ovn,
    plugin,
    seed,
    service,
    surroundings,
)
from tools.gate_parts.layout import LOOPBACK, Layout
from tools.quickstart_parts.progress import Progress


class Cloud:
    """`volumes`: with Cinder, which is stopped in any case."""

    def __init__(self, layout: Layout, progress: Progress, *, volumes: bool) -> None:
        self._layout = layout
        self._progress = progress
        self._volumes = volumes
        self._keystone = surroundings.keystone(layout)
        self._cinder = surroundings.cinder(layout)
        self._surroundings = (
            surroundings.glance(layout), surroundings.neutron(layout),
            *((self._cinder,) if volumes else ()),
        )
        self._nova = ours.nova(layout)

    def up(self) -> None:
        layout, step = self._layout, self._progress.step
        with step("packages and environments"):
            environments.install(layout, volumes=self._volumes)
        with step("MariaDB, RabbitMQ, memcached, libvirt, OVN"):
            self._ground()
        others = (*self._surroundings, self._nova)
        with step("files and databases"):
            in_parallel([partial(service.prepare, layout, one)
                         for one in (self._keystone, *others)])
        with step("Keystone, and the accounts"):
            service.start(layout, self._keystone)
            service.ready(layout, self._keystone)
            seed.accounts(layout, volumes=self._volumes)
        with step("Glance, Neutron, " + "Cinder, " * self._volumes + "this project's services"):
            for one in others:
                service.start(layout, one)
            for one in others:
                service.ready(layout, one)
        with step("the host, images, networks, flavors"):
            in_parallel([partial(plugin.do, layout, "_nova_map_host"),
                         partial(seed.resources, layout, volumes=self._volumes)])
        self._progress.say(f"The gate is up: OS_CLIENT_CONFIG_FILE={layout.state}/clouds.yaml, "
                           "clouds admin and demo; logs in " + str(layout.state / "log"))

    def down(self, purge: bool) -> None:
        layout = self._layout
        service.stop(layout, self._nova)
        in_parallel([partial(service.stop, layout, one)
                     for one in (self._keystone, self._cinder, *self._surroundings)])
        _end_metadata_proxies(layout)
        in_parallel([
            partial(hypervisor.stop, layout), partial(ovn.stop, layout), self._memcached().stop,
            layout.rabbitmq.stop, layout.mariadb.stop,
        ])
        self._unmount()
        surroundings.forget_mounts(layout)
        if purge:
            shutil.rmtree(layout.state)

    def status(self) -> bool:
        """Whether all of it runs."""
        everything = (self._keystone, *self._surroundings, self._nova)
        names = [process.name for one in everything for process in one.processes]
        running = {name: Daemon(name, self._layout.state).alive() for name in names}
        for name, alive in running.items():
            self._progress.say(f"{'runs' if alive else 'does not run':13} {name}")
        self._progress.say(f"files: {self._layout.state}")
        return all(running.values())

    def _ground(self) -> None:
        layout = self._layout
        service.sudo(layout)
        in_parallel([
            layout.mariadb.start, layout.rabbitmq.start, self._remember,
            partial(hypervisor.start, layout), partial(ovn.start, layout),
        ])

    def _remember(self) -> None:
        port = self._layout.ports["memcached"]
        self._memcached().start(
            ["memcached", "-u", "nobody", "-l", LOOPBACK, "-p", str(port), "-m", "128"]
        )
        self._memcached().wait_until(lambda: listens(port), 10)

    def _memcached(self) -> Daemon:
        return Daemon("memcached", self._layout.state)

    def _unmount(self) -> None:
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in mounts:
            if place.startswith(f"{self._layout.state}/"):
                run(["umount", place])


def _end_metadata_proxies(layout: Layout) -> None:
    """Neutron's agent leaves them, and their namespaces, to its next process."""
    mark = f"{layout.state}/neutron/ovn-metadata-proxy/"
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "cmdline").read_text(errors="replace"):
                os.kill(int(process.name), signal.SIGTERM)
    for line in run(["ip", "netns", "list"]).splitlines():
        if line.startswith("ovnmeta-"):
            run(["ip", "netns", "delete", line.split()[0]])
