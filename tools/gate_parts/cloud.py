"""Starting and stopping everything, in order."""

import contextlib
import os
import shutil
import signal
from pathlib import Path

from tools.daemons.process import Daemon, listens, run
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
        keystone = surroundings.keystone(layout)
        with step("Keystone, and the accounts"):
            service.start(layout, keystone)
            service.ready(layout, keystone)
            seed.accounts(layout, volumes=self._volumes)
        with step("Glance, Neutron" + (", Cinder" if self._volumes else "")):
            for one in self._surroundings:
                service.start(layout, one)
            for one in self._surroundings:
                service.ready(layout, one)
        with step("this project's services"):
            service.start(layout, self._nova)
            service.ready(layout, self._nova)
            plugin.call(layout, "_nova_map_host")
        with step("images, networks, flavors"):
            seed.resources(layout, volumes=self._volumes)
        self._progress.say(f"The gate is up: OS_CLIENT_CONFIG_FILE={layout.state}/clouds.yaml, "
                           "clouds admin and demo; logs in " + str(layout.state / "log"))

    def down(self, purge: bool) -> None:
        layout = self._layout
        for one in (self._nova, self._cinder, *reversed(self._surroundings)):
            service.stop(layout, one)
        service.stop(layout, surroundings.keystone(layout))
        _end_metadata_proxies(layout)
        hypervisor.stop(layout)
        ovn.stop(layout)
        self._memcached().stop()
        layout.rabbitmq.stop()
        layout.mariadb.stop()
        self._unmount()
        surroundings.forget_mounts(layout)
        if purge:
            shutil.rmtree(layout.state)

    def status(self) -> bool:
        """Whether all of it runs."""
        everything = (surroundings.keystone(self._layout), *self._surroundings, self._nova)
        names = [process.name for one in everything for process in one.processes]
        running = {name: Daemon(name, self._layout.state).alive() for name in names}
        for name, alive in running.items():
            self._progress.say(f"{'runs' if alive else 'does not run':13} {name}")
        self._progress.say(f"files: {self._layout.state}")
        return all(running.values())

    def _ground(self) -> None:
        layout = self._layout
        service.sudo(layout)
        layout.mariadb.start()
        layout.rabbitmq.start()
        port = layout.ports["memcached"]
        self._memcached().start(
            ["memcached", "-u", "nobody", "-l", LOOPBACK, "-p", str(port), "-m", "128"]
        )
        self._memcached().wait_until(lambda: listens(port), 10)
        hypervisor.start(layout)
        ovn.start(layout)

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
