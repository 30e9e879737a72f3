"""What a user does first: a network, a key, a server, its console, a ping.

Everything goes through the stock `openstack` client and REST.
"""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.daemons.process import Failed, run
from tools.quickstart_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

SERVER = "hello"
IMAGE = "tiny"
FLAVOR = "tiny"
NETWORK = "private"
SUBNET = ("--subnet-range", "10.30.0.0/24")
# The kernel of the image knows no SATA, where a config drive would be by default.
IMAGE_PROPERTIES = ("hw_machine_type=q35", "hw_rng_model=virtio", "hw_cdrom_bus=scsi")
READY = "NOVA GUEST READY"


@dataclass(frozen=True)
class Client:
    """The `openstack` command as one of the users in clouds.yaml."""

    layout: Layout
    program: Path
    cloud: str

    def __call__(self, *arguments: str) -> str:
        """What the command printed; raises Failed."""
        env = {
            "OS_CLIENT_CONFIG_FILE": str(self.layout.clouds),
            "PYTHONWARNINGS": "ignore",
        }
        return run([str(self.program), "--os-cloud", self.cloud, *arguments], env=env)

    def names(self, kind: str) -> set[str]:
        return {str(row["Name"]) for row in self.rows(kind, "list")}

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self(*arguments, "-f", "json"))
        return found

    def show(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(kind, "show", name, "-f", "json"))
        return found


def prepare(admin: Client, demo: Client, progress: Progress) -> None:
    """Image, flavor, network, rules and key, as far as they are missing."""
    layout = demo.layout
    if IMAGE not in admin.names("image"):
        with progress.step("uploading the guest image"):
            properties = [word for item in IMAGE_PROPERTIES for word in ("--property", item)]
            admin(
                *("image", "create", IMAGE, "--public", "--disk-format", "qcow2"),
                *("--container-format", "bare", "--file", str(layout.guest_image), *properties),
            )
    if FLAVOR not in admin.names("flavor"):
        with progress.step("making a flavor"):
            admin("flavor", "create", FLAVOR, "--vcpus", "1", "--ram", "160", "--disk", "1")
    if NETWORK not in demo.names("network"):
        with progress.step("making a network and letting ping and ssh in"):
            demo("network", "create", NETWORK)
            demo("subnet", "create", f"{NETWORK}-v4", "--network", NETWORK, *SUBNET)
            demo("security", "group", "rule", "create", "--proto", "icmp", "default")
            demo("security", "group", "rule", "create", "--proto", "tcp", "--dst", "22", "default")
    if not layout.key.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", str(layout.key)])
    if "demo" not in demo.names("keypair"):
        demo("keypair", "create", "demo", "--public-key", f"{layout.key}.pub")


def boot(demo: Client, progress: Progress) -> str:
    """The address of a server that runs; raises Failed with the reason when it does not."""
    if SERVER not in demo.names("server"):
        with progress.step(f"creating the server {SERVER}"):
            demo(
                *("server", "create", SERVER, "--image", IMAGE, "--flavor", FLAVOR),
                *("--network", NETWORK, "--key-name", "demo", "--wait"),
            )
    server = demo.show("server", SERVER)
    if server["status"] != "ACTIVE":
        raise Failed(f"the server is {server['status']}: {server.get('fault')}")
    return str(server["addresses"][NETWORK][0])


def console(demo: Client, progress: Progress, patience: float = 120) -> str:
    """The console output, once the guest has greeted on it."""
    with progress.step("waiting for the guest to come up"):
        deadline = time.monotonic() + patience
        while READY not in (seen := demo("console", "log", "show", SERVER)):
            if time.monotonic() > deadline:
                raise Failed(f"the guest does not greet; its console says:\n{seen[-1500:]}")
            time.sleep(1)
    return seen


def ping(address: str, progress: Progress) -> None:
    with progress.step(f"pinging {address}"):
        done = subprocess.run(["ping", "-q", "-c", "3", "-i", "0.3", "-W", "5", address])
        if done.returncode != 0:
            raise Failed(f"{address} does not answer")
