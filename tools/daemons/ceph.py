"""A Ceph of one monitor, one manager and one store in memory, on loopback.

Everything lies below one directory; nothing of the machine's own Ceph is touched.
"""

import contextlib
import json
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tools.daemons.process import Daemon, Failed, free_port, run

PROGRAMS = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-authtool", "monmaptool", "ceph", "rbd")
BYTES = 2 << 30
PATIENCE = 60
CONF = """\
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = 127.0.0.1:{port}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
keyring = {home}/keyring
run_dir = {run}
admin_socket =
log_file = /dev/null
log_to_stderr = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
auth_allow_insecure_global_id_reclaim = false
mon_data_avail_warn = 1
mon_data_avail_crit = 1
[mon]
admin_socket = {run}/$name.asok
log_file = {home}/log/$name.log
mon_data = {home}/mon
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
keyring = {home}/mon/keyring
[mgr]
admin_socket = {run}/$name.asok
log_file = {home}/log/$name.log
mgr_data = {home}/mgr
keyring = {home}/mgr/keyring
[osd]
admin_socket = {run}/$name.asok
log_file = {home}/log/$name.log
osd_data = {home}/osd
keyring = {home}/osd/keyring
osd_objectstore = memstore
memstore_device_bytes = {bytes}
"""


@dataclass(frozen=True)
class Ceph:
    """`state` is a directory of its own; call `start` once."""

    state: Path
    port: int = field(default_factory=free_port)

    @staticmethod
    def obstacle() -> str | None:
        """Why it cannot run here."""
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            return f"there is no {', '.join(missing)}"
        return None if os.geteuid() == 0 else "Ceph's daemons need root here"

    @property
    def conf(self) -> Path:
        return self.state / "ceph.conf"

    @property
    def _short(self) -> Path:
        """Sockets need a short name."""
        return Path(tempfile.gettempdir()) / f"ceph-{self.port}"

    def start(self) -> None:
        for part in ("mon", "mgr", "osd", "log"):
            (self.state / part).mkdir(parents=True)
        self._short.mkdir(exist_ok=True)
        self._write_conf()
        self._start_monitor()
        self._start_manager()
        self._start_store()

    def stop(self) -> None:
        for name in ("ceph-osd", "ceph-mgr", "ceph-mon"):
            Daemon(name, self.state).stop(patience=10)
        shutil.rmtree(self._short, ignore_errors=True)

    def pool(self, name: str) -> None:
        self.ceph("osd", "pool", "create", name, "8")
        self.rbd("pool", "init", name)

    def user(self, name: str, *capabilities: str) -> str:
        """Make a user (with a keyring that its programs find); returns its key."""
        keyring = self.ceph("auth", "get-or-create", f"client.{name}", *capabilities)
        with (self.state / "keyring").open("a") as file:
            file.write(keyring)
        return self.ceph("auth", "print-key", f"client.{name}").strip()

    def fsid(self) -> str:
        return self.ceph("fsid").strip()

    def ceph(self, *words: str) -> str:
        return run(["ceph", "--conf", str(self.conf), "--connect-timeout", "20", *words])

    def rbd(self, *words: str) -> str:
        return run(["rbd", "--conf", str(self.conf), *words])

    def _write_conf(self) -> None:
        facts = {"fsid": uuid.uuid4(), "port": self.port, "home": self.state}
        self.conf.write_text(CONF.format(**facts, run=self._short, bytes=BYTES))

    def _start_monitor(self) -> None:
        own, admin = self.state / "mon" / "keyring", self.state / "keyring"
        _key(own, "mon.", mon="allow *")
        _key(admin, "client.admin", mon="allow *", osd="allow *", mgr="allow *")
        run(["ceph-authtool", str(own), "--import-keyring", str(admin)])
        monmap = self.state / "monmap"
        fsid = next(line for line in self.conf.read_text().splitlines() if "fsid" in line)
        where = ("a", f"127.0.0.1:{self.port}")
        run(["monmaptool", "--create", "--add", *where, "--fsid", fsid.split()[-1], str(monmap)])
        own_key = own.read_text()
        own.unlink()
        spare = self.state / "mon.keyring"
        spare.write_text(own_key)
        self._run_once("ceph-mon", "a", "--mkfs", "--monmap", str(monmap), "--keyring", str(spare))
        own.write_text(own_key)
        self._daemon("ceph-mon", "a").wait_until(self._answers, PATIENCE)

    def _start_manager(self) -> None:
        keys = self.ceph("auth", "get-or-create", "mgr.x", "mon", "allow profile mgr",
                         "osd", "allow *")
        (self.state / "mgr" / "keyring").write_text(keys)
        self._daemon("ceph-mgr", "x")

    def _start_store(self) -> None:
        ring = self.state / "osd" / "keyring"
        _key(ring, "osd.0")
        made = str(uuid.uuid4())
        self.ceph("osd", "new", made)
        self.ceph("auth", "add", "osd.0", "osd", "allow *", "mon", "allow profile osd",
                  "-i", str(ring))
        self.ceph("osd", "crush", "add", "osd.0", "1.0", "host=here", "root=default")
        self._run_once("ceph-osd", "0", "--mkfs", "--osd-uuid", made)
        self._daemon("ceph-osd", "0").wait_until(self._stores, PATIENCE)

    def _run_once(self, program: str, own: str, *words: str) -> None:
        run([program, "--conf", str(self.conf), "-i", own, *words])

    def _daemon(self, program: str, own: str) -> Daemon:
        daemon = Daemon(program, self.state)
        daemon.start([program, "--conf", str(self.conf), "-i", own, "-f"])
        return daemon

    def _answers(self) -> bool:
        with contextlib.suppress(Failed):
            return bool(self.ceph("mon", "stat"))
        return False

    def _stores(self) -> bool:
        with contextlib.suppress(Failed):
            told = json.loads(self.ceph("osd", "stat", "--format", "json"))
            return int(told["num_up_osds"]) > 0
        return False


def _key(ring: Path, name: str, **capabilities: str) -> None:
    granted = [word for daemon, what in capabilities.items() for word in ("--cap", daemon, what)]
    run(["ceph-authtool", "--create-keyring", str(ring), "--gen-key", "-n", name, *granted])
