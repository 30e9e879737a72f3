"""An Open vSwitch of one's own, in user space: it needs no module of the kernel.

Its bridges are devices of the network namespace that it is started in, where there can be
only one of its kind.
"""

import os
import shutil
from pathlib import Path

from tools.daemons.process import Daemon, free_port, listens, run

COMMANDS = ("ovsdb-server", "ovsdb-tool", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl")
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


class OpenVSwitch:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._env = {"OVS_RUNDIR": str(directory), "OVS_DBDIR": str(directory)}
        self._database = Daemon("ovsdb-server", directory)
        self._switch = Daemon("ovs-vswitchd", directory)
        self._port = free_port()

    @staticmethod
    def obstacle() -> str | None:
        """Why it cannot run here."""
        if os.geteuid() != 0:
            return "Open vSwitch needs root"
        missing = [command for command in COMMANDS if shutil.which(command) is None]
        return f"there is no {', '.join(missing)}" if missing else None

    @property
    def connection(self) -> str:
        return f"tcp:127.0.0.1:{self._port}"

    def start(self) -> None:
        """Raises Failed."""
        self.start_database()
        self.vsctl("--no-wait", "init")
        self._switch.start(
            ["ovs-vswitchd", self._socket, f"--unixctl={self._directory}/vswitchd.ctl"],
            env=self._env,
        )

    def start_database(self) -> None:
        file = self._directory / "conf.db"
        if not file.exists():
            run(["ovsdb-tool", "create", str(file), SCHEMA])
        self._database.start(
            ["ovsdb-server", str(file), f"--remote=p{self._socket}",
             f"--remote=ptcp:{self._port}:127.0.0.1", f"--unixctl={self._directory}/ovsdb.ctl"],
            env=self._env,
        )  # fmt: skip
        self._database.wait_until(lambda: listens(self._port), 20)

    def stop_database(self) -> None:
        self._database.stop()

    def database_pid(self) -> int:
        pid = self._database.pid()
        assert pid is not None
        return pid

    def stop(self) -> None:
        for daemon in (self._switch, self._database):
            daemon.stop()

    def add_bridge(self, name: str) -> None:
        self.vsctl("--may-exist", "add-br", name, "--", "set", "bridge", name,
                   "datapath_type=netdev")  # fmt: skip

    def vsctl(self, *words: str) -> str:
        return run(["ovs-vsctl", f"--db={self._socket}", "--timeout=20", *words]).strip()

    def appctl(self, *words: str) -> str:
        return run(["ovs-appctl", f"--target={self._directory}/vswitchd.ctl", *words])

    @property
    def _socket(self) -> str:
        return f"unix:{self._directory}/db.sock"
