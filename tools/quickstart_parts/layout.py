"""Where things are: directories, ports, and choices that survive a restart."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.daemons.process import Failed, closed_to_others, free_port, listens

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
# The usual ports; another one is chosen where something else listens already.
PORTS = {
    "identity": 5000,
    "image": 9292,
    "network": 9696,
    "compute": 8774,
    "metadata": 8775,
    "placement": 8778,
    "rabbitmq": 5672,
    "rabbitmq_distribution": 25672,
    # Health and metrics of the processes without an API.
    "nova-conductor": 8784,
    "nova-scheduler": 8785,
    "nova-compute": 8786,
    "nova-metadata-api": 8787,
    "nova-novncproxy": 8788,
    "nova-serialproxy": 8789,
    # Web sockets to guests' screens and serial lines.
    "novnc": 6080,
    "serial": 6083,
}


@dataclass
class Layout:
    """`state` holds everything that `up` makes, but the Python environment."""

    state: Path
    ports: dict[str, int] = field(default_factory=dict)
    password: str = ""
    virt_type: str = ""

    @classmethod
    def load(cls, state: Path) -> "Layout":
        """The layout of an earlier `up`, or a new one that is not yet written."""
        path = state / "quickstart.json"
        if path.exists():
            return cls(state=state, **json.loads(path.read_text()))
        return cls(state=state)

    def prepare(self) -> None:
        """Make the directories and choose what was not chosen before."""
        closed = closed_to_others(self.state)
        if closed is not None:
            raise Failed(f"guests run as another user, who may not enter {closed}")
        for name in ("", "etc", "instances", "lock", "log", "nova", "pid", "services"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        # Guests run as another user and read their disks here.
        self.state.chmod(0o755)
        for name, port in PORTS.items():
            self.ports.setdefault(name, free_port() if listens(port) else port)
        self.password = self.password or secrets.token_urlsafe(12)
        self.save()

    def save(self) -> None:
        values = asdict(self)
        del values["state"]
        path = self.state / "quickstart.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(values, indent=2) + "\n")

    def port(self, service: str) -> int:
        """Also of a layout that was not completed: it must be possible to take it down."""
        return self.ports.get(service, PORTS[service])

    def url(self, service: str, path: str = "") -> str:
        return f"http://{LOOPBACK}:{self.port(service)}{path}"

    def process_conf(self, process: str) -> Path:
        """What differs between processes that share the other files."""
        return self.state / "etc" / f"{process}-process.conf"

    @property
    def nova_conf(self) -> Path:
        return self.state / "etc" / "nova.conf"

    @property
    def compute_conf(self) -> Path:
        return self.state / "etc" / "nova-compute.conf"

    @property
    def placement_conf(self) -> Path:
        return self.state / "etc" / "placement.conf"

    @property
    def services(self) -> Path:
        """State of the embedded identity, image and network services."""
        return self.state / "services"

    @property
    def clouds(self) -> Path:
        return self.state / "clouds.yaml"

    @property
    def key(self) -> Path:
        """SSH key of the demo user."""
        return self.state / "demo_key"

    @property
    def guest_image(self) -> Path:
        """Kept outside: it does not belong to one cloud."""
        return ROOT / ".cache" / "guest.qcow2"
