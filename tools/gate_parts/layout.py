"""Where things of the gate are: directories, ports, accounts."""

import contextlib
import json
import secrets
import socket
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.daemons.mariadb import MariaDB
from tools.daemons.process import Failed, listens
from tools.daemons.rabbitmq import RabbitMQ

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
REGION = "RegionOne"
# The usual ports; others are chosen where something else listens already.
PORTS = {
    "identity": 5000,
    "image": 9292,
    "network": 9696,
    "volume": 8776,
    "compute": 8774,
    "metadata": 8775,
    "placement": 8778,
    "novncproxy": 6080,
    "mariadb": 3306,
    "rabbitmq": 5672,
    "rabbitmq_distribution": 25672,
    "memcached": 11211,
    "ovsdb": 6640,
    "ovn_north": 6641,
    "ovn_south": 6642,
}
# Below those that the kernel gives to whoever asks for any.
OTHERS = range(31000, 32700)
# Users of the service project, beside those of our services.
ACCOUNTS = ("glance", "neutron", "cinder")


@dataclass
class Layout:
    """`venvs` has the environments of the other services and of Tempest."""

    state: Path
    venvs: Path
    ports: dict[str, int] = field(default_factory=dict)
    password: str = ""

    @classmethod
    def load(cls, state: Path, venvs: Path | None) -> "Layout":
        """That of an earlier `up`, or a new one, written down now."""
        path = state / "gate.json"
        saved = json.loads(path.read_text()) if path.exists() else {}
        layout = cls(state, venvs or Path(saved.pop("venvs", state / "venvs")), **{
            name: value for name, value in saved.items() if name != "venvs"
        })
        layout._complete()
        return layout

    def _complete(self) -> None:
        for name in ("", "bin", "etc", "lock", "log", "pid", "instances", "nova"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        # Guests run as another user and read their disks here.
        self.state.chmod(0o755)
        for name, port in PORTS.items():
            if name not in self.ports:
                self.ports[name] = _other(self.ports.values()) if listens(port) else port
        self.password = self.password or secrets.token_hex(8)
        values = asdict(self) | {"venvs": str(self.venvs)}
        del values["state"]
        path = self.state / "gate.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(values, indent=2) + "\n")

    def url(self, service: str, path: str = "") -> str:
        return f"http://{LOOPBACK}:{self.ports[service]}{path}"

    @property
    def etc(self) -> Path:
        return self.state / "etc"

    @property
    def services(self) -> Path:
        """The environment of Keystone, Glance, Neutron and Cinder."""
        return self.venvs / "services"

    @property
    def tempest(self) -> Path:
        return self.venvs / "tempest"

    @property
    def mariadb(self) -> MariaDB:
        return MariaDB(self.state, self.ports["mariadb"], self.password, durable=False)

    @property
    def rabbitmq(self) -> RabbitMQ:
        return RabbitMQ(
            "nova-gate", self.state, self.ports["rabbitmq"], self.ports["rabbitmq_distribution"]
        )

    def account(self, user: str) -> dict[str, object]:
        """How a service logs in as one of the ACCOUNTS."""
        return {
            "auth_type": "password",
            "auth_url": self.url("identity", "/v3"),
            "username": user,
            "password": self.password,
            "project_name": "service",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }

    def login(self, user: str) -> dict[str, object]:
        """The same, with where the endpoints are to be looked for."""
        return self.account(user) | {"region_name": REGION}

    def authtoken(self, user: str) -> dict[str, object]:
        """How a service checks the tokens of those who come to it."""
        return self.login(user) | self.tokens()

    def tokens(self) -> dict[str, object]:
        """What tokens of users and of services must be like, and where they are remembered."""
        return {
            "www_authenticate_uri": self.url("identity", "/v3"),
            "memcached_servers": f"{LOOPBACK}:{self.ports['memcached']}",
            "service_token_roles": "service",
            "service_token_roles_required": True,
        }


def _other(taken: Collection[int]) -> int:
    """A port that nobody has now."""
    for port in OTHERS:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in taken:
                probe.bind((LOOPBACK, port))
                return port
    raise Failed("no port is free")
