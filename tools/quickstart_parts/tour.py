"""What a user does first: a network, a key, a server, its console, a ping.

Everything goes through the stock `openstack` client and REST.
"""

import json
import re
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tools.daemons.process import Failed, in_parallel, run
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
# Colours, and moves of the cursor.
_PLAIN = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|c)")


@dataclass(frozen=True)
class Client:
    """The `openstack` command as one of the users in clouds.yaml."""

    layout: Layout
    program: Path
    cloud: str
    # In a cloud that was just made there is nothing yet; asking takes two seconds.
    empty: bool = False

    def __call__(self, *arguments: str) -> str:
        """What the command printed; raises Failed."""
        env = {
            "OS_CLIENT_CONFIG_FILE": str(self.layout.clouds),
            "PYTHONWARNINGS": "ignore",
        }
        return run([str(self.program), "--os-cloud", self.cloud, *arguments], env=env)

    def has(self, kind: str, name: str) -> bool:
        return not self.empty and name in self._names(kind)

    def _names(self, kind: str) -> set[str]:
        return {str(row["Name"]) for row in self.rows(kind, "list")}

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self(*arguments, "-f", "json"))
        return found

    def show(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(kind, "show", name, "-f", "json"))
        return found


def prepare(admin: Client, demo: Client, progress: Progress) -> None:
    """Image, flavor, network, rules and key, as far as they are missing."""
    jobs = ((_image, admin), (_flavor, admin), (_network, demo), (_key, demo))
    with progress.step("preparing an image, a flavor, a network and a key"):
        in_parallel([partial(job, client) for job, client in jobs])


def _image(admin: Client) -> None:
    if not admin.has("image", IMAGE):
        properties = [word for item in IMAGE_PROPERTIES for word in ("--property", item)]
        admin(
            *("image", "create", IMAGE, "--public", "--disk-format", "qcow2"),
            *("--container-format", "bare", "--file", str(admin.layout.guest_image), *properties),
        )


def _flavor(admin: Client) -> None:
    if not admin.has("flavor", FLAVOR):
        admin("flavor", "create", FLAVOR, "--vcpus", "1", "--ram", "160", "--disk", "1")


def _network(demo: Client) -> None:
    """With ping and ssh let in."""
    if not demo.has("network", NETWORK):
        demo("network", "create", NETWORK)
        demo("subnet", "create", f"{NETWORK}-v4", "--network", NETWORK, *SUBNET)
        demo("security", "group", "rule", "create", "--proto", "icmp", "default")
        demo("security", "group", "rule", "create", "--proto", "tcp", "--dst", "22", "default")


def _key(demo: Client) -> None:
    key = str(demo.layout.key)
    if not demo.layout.key.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", key])
    if not demo.has("keypair", "demo"):
        demo("keypair", "create", "demo", "--public-key", f"{key}.pub")


def boot(demo: Client, progress: Progress) -> str:
    """The address of a server that runs; raises Failed with the reason when it does not."""
    if not demo.has("server", SERVER):
        with progress.step(f"creating the server {SERVER}"):
            demo(
                *("server", "create", SERVER, "--image", IMAGE, "--flavor", FLAVOR),
                *("--network", NETWORK, "--key-name", "demo"),
                # The key and the name get into the guest with it.
                *("--use-config-drive", "--wait"),
            )
    server = demo.show("server", SERVER)
    if server["status"] != "ACTIVE":
        raise Failed(f"the server is {server['status']}: {server.get('fault')}")
    return str(server["addresses"][NETWORK][0])


def console(demo: Client, progress: Progress, patience: float = 120) -> str:
    """The last lines of the console, once the guest has greeted on it."""
    with progress.step("waiting for the guest to come up"):
        deadline = time.monotonic() + patience
        while READY not in (seen := demo("console", "log", "show", SERVER)):
            if time.monotonic() > deadline:
                raise Failed(f"the guest does not greet; its console says:\n{seen[-1500:]}")
            time.sleep(0.5)
    told = [_PLAIN.sub("", line).rstrip() for line in seen.splitlines()]
    return "\n".join(f"    | {line}" for line in told[-12:] if line)


def ping(address: str, progress: Progress) -> None:
    with progress.step(f"pinging {address}"):
        told = run(["ping", "-q", "-c", "3", "-i", "0.3", "-W", "5", address])
    progress.say("\n".join(f"    | {line}" for line in told.splitlines() if "packets" in line))
