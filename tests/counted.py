"""A cloud in one process whose SQL statements, messages and HTTP calls are counted.

Bus and databases are in memory as in tests.cloud; identity, image, network and
placement are real services on loopback sockets, reached by the real clients, so
that a call counted is a call made.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from prometheus_client import CollectorRegistry

from nova.api.app import build_app
from nova.api.identity.keystone import keystone
from nova.api.routes import all_routes
from nova.clients.network.neutron import connect as connect_network
from nova.clients.network.servers import networking
from nova.cmd import adapters
from nova.conf import load
from nova.placement import conf as placement_conf
from nova.placement.api.app import build_app as build_placement
from nova.placement.db import sync
from nova.placement.db.engine import Database as PlacementDatabase
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.rpc.contract import Address
from nova.seams import ApiSeams
from nova.standalone.services import Settings, start_services
from nova.standalone.web.serving import listen
from nova.virt.contract import Driver
from nova.virt.fake.hypervisor import Size
from tests.cloud import Cloud, Reply
from tests.stores import CELL1_UUID
from tools.stack import options
from tools.stack.options import LOOPBACK, Places

PASSWORD = "counted-password"
# So seldom that nothing is counted that no request asked for.
SELDOM = 3600
ROOMY = Size(vcpus=10_000, memory_mb=10_000_000, disk_gb=1_000_000)
# The network service's events would come at any time.
NOWHERE = f"http://{LOOPBACK}:1/v2.1"
TRANSACTION = re.compile(r"(BEGIN|COMMIT|ROLLBACK|PRAGMA)\b", re.IGNORECASE)


@dataclass
class Count:
    """What was done meanwhile: each statement, message ('conductor.build'), HTTP call, and
    call of the hypervisor's driver ('power.pause')."""

    statements: list[str] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    driver: Counter[str] = field(default_factory=Counter)

    @property
    def sums(self) -> tuple[int, int, int]:
        """SQL statements, messages (an answer is one, too), HTTP calls."""
        return len(self.statements), self.messages.total(), self.calls.total()


class _Counting:
    """nova.rpc.inprocess.Faults that has none, and nova.clients.observer.Observer."""

    def __init__(self) -> None:
        self.now = Count()

    def deliveries(self, to: Address, method: str) -> list[float]:
        self.now.messages[f"{to.topic}.{method}"] += 1
        return [0.0]

    def called(self, service: str, method: str, path: str, status: int, seconds: float) -> None:
        self.now.calls[f"{service} {method} {path}"] += 1

    def driven(self, call: str) -> None:
        self.now.driver[call] += 1

    def stated(self, statement: str) -> None:
        if not TRANSACTION.match(statement):
            self.now.statements.append(statement)


class _Watched:
    """A capability of a driver; each call of it is told."""

    def __init__(self, name: str, part: Any, told: Callable[[str], None]) -> None:
        self._name, self._part, self._told = name, part, told
        # Who listens to events asks for a guest's state, a second after each change.
        self._uncounted = {"guest_state"} if name == "spawn" else set()

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._part, method)
        if not callable(found) or method in self._uncounted:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._told(f"{self._name}.{method}")
            return found(*arguments, **named)

        return call


class CountedCloud(Cloud):
    """Start it with `running`; `state` is an empty directory of its own."""

    def __init__(self, state: Path, ends: ExitStack, hosts: tuple[str, ...] = ("host1",)) -> None:
        self._state = state
        self._ends = ends
        self._counting = _Counting()
        super().__init__(hosts=hosts, faults=self._counting, size=ROOMY)

    def __post_init__(self) -> None:
        super().__post_init__()
        placement = _placement(self._state, self._ends, self.clock)
        services = start_services(
            Settings(identity_port=0, image_port=0, network_port=0, password=PASSWORD,
                     compute_url=NOWHERE, placement_url=f"http://{LOOPBACK}:{placement.port}"),
            self.clock)
        self._ends.callback(services.stop)
        ports = {"identity": int(services.auth_url.split(":")[2].split("/")[0]),
                 "compute": 1, "placement": placement.port}
        self._places = Places(self._state, ports, "fake:/", {
            "nova_api": "sqlite://", "nova_cell1": "sqlite://"}, PASSWORD)
        placement.open(self._places)
        self.conf = load("nova", ["--config-file", str(options.controller(self._places))])
        clients = adapters.clients(self.conf, self.clock, self._counting.called)
        self.placement, self.image, self.identity = (
            clients.placement, clients.image, clients.identity)
        self._login = _login(services.auth_url)
        self._fill()

    def conf_of(self, host: str) -> Any:
        conf = load("nova", ["--config-file", str(self._state / "nova.conf")])
        chosen = {
            "host": host, "compute_driver": "fake.FakeDriver", "shutdown_timeout": 0,
            "vif_plugging_timeout": 0, "report_interval": SELDOM,
            "service_down_time": 2 * SELDOM, "update_resources_interval": -1,
        }  # fmt: skip
        for name, value in chosen.items():
            conf.set_override(name, value)
        for name in ("instances", "cores", "ram"):
            conf.set_override(name, 1_000_000, group="quota")
        conf.set_override("watchdog_interval", SELDOM, group="journal")
        conf.set_override("lease_seconds", SELDOM, group="journal")
        return conf

    def driver_of(self, host: str, conf: Any) -> Driver:
        driver = super().driver_of(host, conf)
        parts = {part.name: getattr(driver, part.name) for part in fields(driver)}
        told = {name: _Watched(name, part, self._counting.driven)
                for name, part in parts.items()
                if part is not None and name not in ("name", "close")}  # fmt: skip
        return replace(driver, **told)  # type: ignore[arg-type]

    def networks_of(self, conf: Any) -> Any:
        network = connect_network(conf, self.clock, observer=self._counting.called)
        return networking(conf, self.clock, network)

    def start_api(self) -> None:
        conf = self.conf_of("control")
        seams = ApiSeams(
            conf=conf, clock=self.clock, stores=self.stores, network=self.networks_of(conf),
            image=self.image, identity=self.identity, placement=self.placement,
            hosts=HostCalls(self.buses), conductor=ConductorCalls(self.buses),
            scheduler=SchedulerCalls(self.buses))
        self.app = build_app(conf, seams, all_routes(), auth=keystone(conf),
                             registry=CollectorRegistry())

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        reply = self.request(method, path, body, token=self._login.get_token())
        assert reply.status < 400, reply
        return reply

    def accepts(self, method: str, path: str, body: Any = None) -> bool:
        """Ask; whether that is something that this cloud does."""
        return self.request(method, path, body, token=self._login.get_token()).status < 400

    def create(self) -> str:
        """A server with a port, ACTIVE."""
        uuid: str = self.ask("POST", "/servers", {"server": {
            "name": "counted", "flavorRef": "1", "imageRef": self.image_id,
            "networks": [{"uuid": self.network_id}]}}).body["server"]["id"]
        self.until(uuid, "active")
        return uuid

    def until(self, uuid: str, wanted: str) -> None:
        """Wait for a vm_state and the end of all operations, by looking where nobody counts."""
        states = self._within(lambda: self._settled(uuid, wanted))
        assert states, f"{uuid} did not become {wanted}"
        # A decision is written beside the work; it belongs to the cost of who asked for it.
        assert self.scheduler.endpoint.journal.settle(20)

    def _settled(self, uuid: str, wanted: str) -> bool:
        database = self.stores.cell(CELL1_UUID).database
        row = database.read(lambda connection: connection.execute(sa.text(
            "SELECT vm_state, task_state FROM instances WHERE uuid = :uuid AND NOT EXISTS ("
            "SELECT 1 FROM instance_actions WHERE instance_uuid = instances.uuid"
            " AND state IN ('accepted', 'running', 'undoing'))"), {"uuid": uuid}
        ).one_or_none())
        return row is not None and tuple(row) == (wanted, None)

    def _within(self, done: Callable[[], bool], seconds: float = 20) -> bool:
        end = self.clock.monotonic() + seconds
        while not done():
            if self.clock.monotonic() > end:
                return False
            self.clock.sleep(0.02)
        return True

    @contextmanager
    def counted(self) -> Iterator[Count]:
        """Count what happens meanwhile, in every process of this cloud."""
        self._counting.now = count = Count()
        databases = [self.stores.api.database]
        databases += [cell.database for cell in self.stores.cells()]
        with ExitStack() as ends:
            for database in databases:
                ends.enter_context(database.observed(self._counting.stated))
            yield count
        count.statements[:] = [s for s in count.statements if "SELECT vm_state, task_state FROM"
                               " instances WHERE uuid = ?" not in s]
        self._counting.now = Count()

    def _fill(self) -> None:
        image = Adapter(self._login, service_type="image", interface="public")
        made = image.post("/v2/images", json={
            "name": "tiny", "disk_format": "raw", "container_format": "bare",
            "hw_qemu_guest_agent": "yes"}).json()
        self.image_id = made["id"]
        image.put(f"/v2/images/{self.image_id}/file", data=b"tiny disk",
                  headers={"Content-Type": "application/octet-stream"})
        network = Adapter(self._login, service_type="network", interface="public")
        net = network.post("/v2.0/networks", json={"network": {"name": "private"}}).json()
        self.network_id = net["network"]["id"]
        network.post("/v2.0/subnets", json={"subnet": {
            "network_id": self.network_id, "cidr": "10.9.0.0/16", "ip_version": 4}})


class _placement:
    """Placement on a port that is known before its options are."""

    def __init__(self, state: Path, ends: ExitStack, clock: Any) -> None:
        self._state, self._clock, self._app = state, clock, None
        listener = listen("placement", self._answer, LOOPBACK, 0, 4)
        ends.callback(listener.stop)
        self.port = listener.port

    def open(self, places: Places) -> None:
        places.database["placement"] = f"sqlite:///{self._state / 'placement.sqlite'}"  # type: ignore[index]
        conf = placement_conf.new_config()
        placement_conf.read(conf, [], [str(options.placement(places))])
        database = PlacementDatabase(placement_conf.database_url(conf), clock=self._clock)
        sync.sync(database)
        self._app = build_placement(conf, database=database, clock=self._clock)

    def _answer(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)


def _login(auth_url: str) -> Session:
    return Session(auth=v3.Password(
        auth_url, username="admin", password=PASSWORD, project_name="admin",
        user_domain_id="default", project_domain_id="default"))


@contextmanager
def running(state: Path, hosts: tuple[str, ...] = ("host1",)) -> Iterator[CountedCloud]:
    """A counted cloud, started and warm: caches that live long are filled."""
    with ExitStack() as ends:
        cloud = CountedCloud(state, ends, hosts)
        cloud.start()
        ends.callback(cloud.stop)
        warm = cloud.create()
        cloud.ask("DELETE", f"/servers/{warm}")
        cloud.until(warm, "deleted")
        yield cloud
