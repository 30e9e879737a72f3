"""The stock `openstack` command."""

import contextlib
import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openstackclient.shell import OpenStackShell

from tools.daemons.process import Failed
from tools.gate_parts import seed
from tools.gate_parts.checks.need import need, same
from tools.gate_parts.layout import Layout

NAME = "gate-cli"
PATIENCE = 300
# Commands that only look, and something that each of them shows.
LOOKS = {
    "flavor list --all": "gate.nano",
    "flavor show gate.nano": "gate.nano",
    "keypair list": NAME,
    "keypair show {name}": NAME,
    "aggregate list": NAME,
    "aggregate show {name}": NAME,
    "availability zone list --compute": "nova",
    "hypervisor list --long": "QEMU",
    "hypervisor stats show": "vcpus",
    "compute service list": "nova-compute",
    "quota show": "instances",
    "limits show --absolute": "max_total_instances",
    "server group list": NAME,
    "server group show {name}": NAME,
    "server list --long": NAME,
    "server show {name}": "ACTIVE",
    "server event list {name}": "create",
    "server migration list": "",
    "port list --server {name}": "ACTIVE",
    "server volume list {name}": "",
    "usage show": "",
    "versions show --service compute": "2.1",
}


@dataclass(frozen=True)
class OpenStack:
    clouds: Path
    cloud: str

    def do(self, line: str) -> str:
        """What a command prints; raises Failed.  It shares our process: to load all of its
        libraries takes seconds, each time."""
        words = ["--os-cloud", self.cloud, *line.format(name=NAME).split()]
        out, err = io.StringIO(), io.StringIO()
        os.environ["OS_CLIENT_CONFIG_FILE"] = str(self.clouds)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = OpenStackShell().run(words)
        if code:
            raise Failed(f"`openstack {line}`: {code}: {err.getvalue().strip()[-500:]}")
        return out.getvalue()

    def ask(self, line: str) -> Any:
        return json.loads(self.do(f"{line} -f json"))


def commands(layout: Layout) -> None:
    """As an administrator, who sees all of it."""
    admin = OpenStack(seed.clouds(layout), "admin")
    admin.do("keypair create {name}")
    admin.do("aggregate create --zone nova {name}")
    admin.do("server group create --policy soft-anti-affinity {name}")
    try:
        made = admin.ask("server create --image tiny --flavor gate.nano --network shared "
                         "--key-name {name} --wait {name}")
        same(made["status"], "ACTIVE", "status after --wait")
        _look(admin)
        _wait_for_words(admin)
        admin.do("server set --property a=b {name}")
        same(admin.ask("server show {name}")["properties"], {"a": "b"}, "properties")
        admin.do("server reboot --wait {name}")
    finally:
        _end(admin)


def _look(admin: OpenStack) -> None:
    for line, wanted in LOOKS.items():
        need(wanted in admin.do(line), f"`openstack {line}` does not show {wanted}")


def _wait_for_words(admin: OpenStack) -> None:
    """The guest says something soon after it was started."""
    until = time.monotonic() + PATIENCE
    while "NOVA GUEST" not in admin.do("console log show {name}"):
        need(time.monotonic() < until, "the console log does not tell that the guest is ready")
        time.sleep(2)


def _end(admin: OpenStack) -> None:
    for line in ("server delete --wait {name}", "server group delete {name}",
                 "aggregate delete {name}", "keypair delete {name}"):
        admin.do(line)
