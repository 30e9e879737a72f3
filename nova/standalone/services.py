"""Identity, image and network in one process, on loopback ports.

Run as `python -m nova.standalone.services --state-dir DIR`, or call
`start_services` from a process that runs compute as well.
"""

import argparse
import contextlib
import hashlib
import logging
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keystoneauth1.adapter import Adapter
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from nova.core.clock import Clock, RealClock
from nova.standalone import clouds
from nova.standalone.identity.app import Identity, build_identity
from nova.standalone.identity.seed import Seed, SeedService, SeedUser, default_users
from nova.standalone.image.app import build_image
from nova.standalone.network.app import Network, build_network
from nova.standalone.network.bridges.fabric import BridgesFabric
from nova.standalone.network.fabric import Fabric
from nova.standalone.network.metadata import MetadataProxy, finder
from nova.standalone.network.notifier import ComputeNotifier
from nova.standalone.network.records import RecordsFabric
from nova.standalone.web.serving import Late, Listener, listen

LOG = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
RUN = Path("/run")
FABRICS = ("records", "bridges")


@dataclass(frozen=True, slots=True)
class Settings:
    """`state` None keeps everything in memory; ports 0 are chosen freely.

    `password` and `metadata_secret` (what compute's metadata service shares with its
    proxy) None: those kept in the state directory, made at the first start.
    """

    state: Path | None = None
    password: str | None = None
    host: str = LOOPBACK
    identity_port: int = 5000
    image_port: int = 9292
    network_port: int = 9696
    compute_url: str = f"http://{LOOPBACK}:8774/v2.1"
    placement_url: str = f"http://{LOOPBACK}:8778"
    region: str = "RegionOne"
    fabric: str = "records"
    dns_servers: tuple[str, ...] = ()
    metadata_url: str = f"http://{LOOPBACK}:8775"
    metadata_secret: str | None = None
    users: tuple[SeedUser, ...] = ()
    auto_networks: bool = True
    threads: int = 8


@dataclass
class Services:
    """What runs. `stop` leaves networks of the host working, `teardown` removes them."""

    auth_url: str
    image_url: str
    network_url: str
    password: str
    metadata_secret: str
    identity: Identity
    network: Network
    _endings: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def stop(self) -> None:
        self.network.fabric.stop()
        self._endings.close()

    def teardown(self) -> None:
        self.network.fabric.teardown()
        self._endings.close()


def start_services(settings: Settings, clock: Clock) -> Services:
    """Raises OSError when a port is taken; then nothing is left running."""
    with contextlib.ExitStack() as endings:
        services = _start(settings, clock, endings)
        services._endings = endings.pop_all()
    return services


def _start(settings: Settings, clock: Clock, endings: contextlib.ExitStack) -> Services:
    password = settings.password or _kept_secret(settings.state, "password")
    doors = _Doors(settings, endings)
    urls = {"identity": f"{doors.url('identity')}/v3"}
    urls |= {name: doors.url(name) for name in ("image", "network")}
    identity = build_identity(_seed(settings, urls, password), clock, _file(settings, "identity"))
    doors.open("identity", identity.app)
    files = _image_directory(settings, endings)
    image = build_image(identity.tokens, clock, files, _file(settings, "image"))
    doors.open("image", image.app)
    notifier = ComputeNotifier(_compute(urls["identity"], password, settings), clock)
    endings.callback(notifier.stop)
    metadata = _Metadata(settings, endings)
    fabric = _fabric(settings, clock, metadata.port)
    file = _file(settings, "network")
    network = build_network(
        identity.tokens,
        clock,
        file,
        fabric,
        notifier,
        auto_networks=settings.auto_networks,
    )
    metadata.proxy.know(finder(network.store))
    doors.open("network", network.app)
    if settings.state:
        path = settings.state / "clouds.yaml"
        clouds.write(path, urls["identity"], password, settings.region)
    return Services(
        urls["identity"],
        urls["image"],
        urls["network"],
        password,
        metadata.secret,
        identity,
        network,
    )


class _Doors:
    """The three ports: taken first, because the catalogue names them all."""

    def __init__(self, settings: Settings, endings: contextlib.ExitStack) -> None:
        self._host = settings.host
        self._apps = {name: Late() for name in ("identity", "image", "network")}
        self._listeners: dict[str, Listener] = {}
        for name, app in self._apps.items():
            port = getattr(settings, f"{name}_port")
            listener = listen(name, app, settings.host, port, settings.threads)
            endings.callback(listener.stop)
            self._listeners[name] = listener

    def url(self, name: str) -> str:
        return f"http://{self._host}:{self._listeners[name].port}"

    def open(self, name: str, app: Any) -> None:
        self._apps[name].open(app)


class _Metadata:
    """The proxy that guests reach, where there are guests: with real bridges."""

    def __init__(self, settings: Settings, endings: contextlib.ExitStack) -> None:
        kept = settings.metadata_secret or _kept_secret(settings.state, "metadata_secret")
        self.secret = kept
        self.proxy = MetadataProxy(settings.metadata_url, kept)
        self.port: int | None = None
        if settings.fabric == "bridges":
            # Guests come in by any bridge; the packet filter keeps everybody else out.
            listener = listen("metadata", self.proxy, "0.0.0.0", 0)  # noqa: S104
            endings.callback(listener.stop)
            self.port = listener.port


def _seed(settings: Settings, urls: dict[str, str], password: str) -> Seed:
    return Seed(
        users=(*default_users(password), *settings.users),
        services=(
            SeedService("identity", "keystone", urls["identity"]),
            SeedService("compute", "nova", settings.compute_url),
            SeedService("placement", "placement", settings.placement_url),
            SeedService("image", "glance", urls["image"]),
            SeedService("network", "neutron", urls["network"]),
        ),
        region=settings.region,
    )


def _compute(auth_url: str, password: str, settings: Settings) -> Adapter:
    """Compute's API as the network service's own account sees it."""
    auth = v3.Password(
        auth_url,
        username="neutron",
        password=password,
        user_domain_id="default",
        project_name="service",
        project_domain_id="default",
    )
    return Adapter(
        Session(auth=auth, timeout=30),
        service_type="compute",
        interface="internal",
        region_name=settings.region,
        endpoint_override=settings.compute_url,
    )


def _fabric(settings: Settings, clock: Clock, metadata_port: int | None = None) -> Fabric:
    if settings.fabric == "records":
        return RecordsFabric()
    # dnsmasq reads its files there as a user of its own: not inside private places.
    mark = hashlib.sha256(str(settings.state).encode()).hexdigest()[:8]
    directory, table = RUN / f"nova-standalone-{mark}", f"nova_standalone_{mark}"
    return BridgesFabric(directory, clock, settings.dns_servers, table, metadata_port)


def _kept_secret(state: Path | None, name: str) -> str:
    if state is None:
        return secrets.token_urlsafe(16)
    path = state / name
    state.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_urlsafe(16) + "\n")
    return path.read_text().strip()


def _file(settings: Settings, name: str) -> Path | None:
    return settings.state / f"{name}.sqlite" if settings.state else None


def _image_directory(settings: Settings, endings: contextlib.ExitStack) -> Path:
    if settings.state:
        return settings.state / "images"
    return Path(endings.enter_context(tempfile.TemporaryDirectory(prefix="images-")))


def _settings(arguments: Sequence[str]) -> tuple[Settings, bool]:
    parser = argparse.ArgumentParser(prog="nova.standalone.services", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--password", help="of all seeded accounts; default: kept in the state")
    parser.add_argument("--host", default=LOOPBACK)
    for name in ("identity", "image", "network"):
        default = getattr(Settings(), f"{name}_port")
        parser.add_argument(f"--{name}-port", type=int, default=default)
    parser.add_argument("--compute-url", default=Settings().compute_url)
    parser.add_argument("--placement-url", default=Settings().placement_url)
    parser.add_argument("--metadata-url", default=Settings().metadata_url)
    parser.add_argument("--metadata-secret", help="default: kept in the state")
    parser.add_argument("--region", default=Settings().region)
    parser.add_argument("--fabric", choices=FABRICS, default="records")
    parser.add_argument("--dns-server", action="append", default=[], dest="dns_servers")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--debug", action="store_true")
    parser.add_argument(
        "--teardown",
        action="store_true",
        help="remove bridges, rules and helpers of this state from the host, and end",
    )
    given = vars(parser.parse_args(arguments))
    logging.basicConfig(
        level=logging.DEBUG if given.pop("debug") else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    teardown = given.pop("teardown")
    state, dns = given.pop("state_dir"), tuple(given.pop("dns_servers"))
    return Settings(state=state.resolve(), dns_servers=dns, **given), teardown


def main(arguments: Sequence[str] | None = None) -> int:
    settings, teardown = _settings(sys.argv[1:] if arguments is None else arguments)
    clock = RealClock()
    if teardown:
        _fabric(settings, clock).teardown()
        return 0
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    services = start_services(settings, clock)
    print(f"OS_CLIENT_CONFIG_FILE={settings.state}/clouds.yaml", flush=True)
    ending.wait()
    services.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
