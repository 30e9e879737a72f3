"""A whole cloud in one process: every host, on in-memory services, for stories and simulation.

Nothing is replaced by a mock: the processes are the real ones; the bus, the
databases, the other services and the hypervisors are the in-memory adapters.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import webob
from prometheus_client import CollectorRegistry

from nova.api.app import build_app
from nova.api.identity.noauth import noauth2
from nova.api.routes import all_routes
from nova.clients.gate import Gate, open_gate
from nova.clients.identity.memory import IdentityMemory, IdentityState
from nova.clients.image.contract import ImageMeta
from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.keys.memory import KeysMemory
from nova.clients.network.memory import NetworkMemory
from nova.clients.network.memory.state import NetworkState
from nova.clients.network.servers import networking
from nova.clients.placement.memory import PlacementMemory
from nova.clients.placement.memory.state import PlacementState
from nova.cmd.adapters import ImagesOf
from nova.compute.host import ComputeHost
from nova.compute.inventory.books import HostBooks
from nova.compute.plugs import PortPlugs
from nova.conductor.host import ConductorHost
from nova.conf import new_config
from nova.core.clock import Clock, RealClock
from nova.db.host import SqlHostStore
from nova.objects.cloud import HostMapping
from nova.objects.flavor import Flavor
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.rpc.inprocess import Faultless, Faults, InProcessBus, InProcessBuses
from nova.rpc.relay import RelayedHostStore
from nova.scheduler.process import SchedulerProcess
from nova.seams import ApiSeams, ConductorSeams, HostSeams
from nova.servers import BY_KIND
from nova.virt import fake
from nova.virt.contract import Driver
from nova.virt.fake.hypervisor import FakeHypervisor, Size
from tests.described import hold
from tests.stores import CELL1_UUID, memory_stores

PROJECT = "11111111111141118111111111111111"
IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
USER = "fake-user"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Reply:
    status: int
    body: Any
    headers: dict[str, str]


def configured(**options: Any) -> Any:
    """Options as a test wants them: group__name or name."""
    conf = new_config()
    chosen = {"host": "control", "compute_driver": "fake.FakeDriver", "shutdown_timeout": 0,
              "vif_plugging_timeout": 0, "api__auth_strategy": "noauth2",
              "api__response_validation": "error"} | options
    for name, value in chosen.items():
        group, _, option = name.rpartition("__")
        conf.set_override(option, value, group=group or None)
    return conf


@dataclass
class Cloud:
    """`hosts` are the names of compute hosts; `size` is theirs."""

    hosts: tuple[str, ...] = ("host1",)
    clock: Clock = field(default_factory=RealClock)
    options: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faultless)
    gate: Gate = open_gate
    size: Size = field(default_factory=lambda: Size(vcpus=16, memory_mb=32768, disk_gb=1000))

    def __post_init__(self) -> None:
        self.stores = memory_stores(self.clock)
        self.bus = InProcessBus(self.clock, faults=self.faults)
        self.buses = InProcessBuses(self.bus)
        self.network_state = NetworkState(self.clock.lock, self.gate)
        self.placement_state = PlacementState(self.clock.lock, self.gate)
        self.image_state = ImageState(self.clock, self.gate)
        self.identity_state = IdentityState(projects={PROJECT}, gate=self.gate)
        self.placement = PlacementMemory(self.placement_state)
        self.image = ImageMemory(self.image_state)
        self.identity = IdentityMemory(self.identity_state)
        self.keys = KeysMemory()
        self.hypervisors = {
            name: FakeHypervisor(self.clock, nodes=(name,), size=self.size) for name in self.hosts
        }
        self.computes: dict[str, ComputeHost] = {}
        self._seed()

    def conf_of(self, host: str) -> Any:
        return configured(**{**self.options, "host": host})

    def networks_of(self, conf: Any) -> Any:
        return networking(conf, self.clock, NetworkMemory(self.network_state))

    def _seed(self) -> None:
        self.net = self.network_state.add_network(PROJECT, "private", "192.168.1.0/24")
        self.image_state.add(
            ImageMeta(id=IMAGE, name="tiny", disk_format="raw", container_format="bare",
                      visibility="public", created_at=LONG_AGO, updated_at=LONG_AGO),
            b"tiny disk")
        self.flavor = self.stores.api.flavors.create(Flavor(
            flavorid="1", name="m1.tiny", memory_mb=512, vcpus=1, root_gb=1, ephemeral_gb=0,
            swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True,
            description=None, extra_specs={}))
        self.stores.api.hosts.add(HostMapping(host=h, cell_uuid=CELL1_UUID) for h in self.hosts)

    def start(self) -> "Cloud":
        self.start_conductor()
        for name in self.hosts:
            self.start_compute(name)
        self.start_scheduler()
        self.start_api()
        return self

    def stop(self) -> None:
        for compute in self.computes.values():
            compute.stop()
        self.scheduler.stop()
        self.conductor.stop()

    def start_conductor(self) -> None:
        conf = self.conf_of("control")
        seams = ConductorSeams(
            conf=conf, clock=self.clock, stores=self.stores, network=self.networks_of(conf),
            placement=self.placement, image=self.image, scheduler=SchedulerCalls(self.buses),
            hosts=HostCalls(self.buses), keys=self.keys)
        self.conductor = ConductorHost(seams, [self.bus], BY_KIND, self.store_of)
        self.conductor.start()

    def store_of(self, host: str) -> Any:
        from datetime import timedelta

        cell = self.stores.cell(CELL1_UUID)
        return CELL1_UUID, SqlHostStore(cell, timedelta(seconds=30))

    def start_scheduler(self) -> None:
        conf = self.conf_of("control")
        self.scheduler = SchedulerProcess(conf, self.clock, self.stores, self.placement, self.bus)
        self.scheduler.start()

    def start_compute(self, name: str) -> None:
        conf = self.conf_of(name)
        network = self.networks_of(conf)
        plugs = PortPlugs(conf, self.clock, network)
        driver = self.driver_of(name, conf)
        seams = HostSeams(
            conf=conf, clock=self.clock, host=name, store=RelayedHostStore(self.bus, name),
            network=network, placement=self.placement, image=self.image,
            driver=driver, plugs=plugs, nodes={}, keys=self.keys,
            books=HostBooks(conf, self.clock, driver.inventory))
        self.computes[name] = ComputeHost(seams, self.bus, plugs, BY_KIND)
        self.computes[name].start()

    def driver_of(self, host: str, conf: Any) -> Driver:
        images = ImagesOf(self.image, self.keys)
        return fake.build(conf, self.clock, images, self.hypervisors[host])

    def start_api(self) -> None:
        self.api_conf = conf = self.conf_of("control")
        seams = ApiSeams(
            conf=conf, clock=self.clock, stores=self.stores, network=self.networks_of(conf),
            image=self.image, identity=self.identity, placement=self.placement,
            hosts=HostCalls(self.buses), conductor=ConductorCalls(self.buses),
            scheduler=SchedulerCalls(self.buses), keys=self.keys)
        self.app = build_app(conf, seams, all_routes(), auth=noauth2,
                             registry=CollectorRegistry())

    def request(
        self, method: str, path: str, body: Any = None, *, version: str | None = "2.104",
        token: str = f"{USER}:{PROJECT}", headers: dict[str, str] | None = None,
    ) -> Reply:
        request = webob.Request.blank(f"/v2.1{path}", method=method)
        request.headers["X-Auth-Token"] = token
        if version:
            request.headers["OpenStack-API-Version"] = f"compute {version}"
        request.headers.update(headers or {})
        if body is not None:
            request.body = json.dumps(body).encode()
            request.content_type = "application/json"
        answer = request.get_response(self.app)
        hold(request, answer)
        content = json.loads(answer.body) if answer.body else None
        return Reply(answer.status_int, content, dict(answer.headers))

    def boot(self, name: str = "server", **fields: Any) -> Reply:
        server = {"name": name, "flavorRef": "1", "imageRef": IMAGE, "networks": "none"} | fields
        return self.request("POST", "/servers", {"server": server})

    def boot_all(self, count: int, status: str = "ACTIVE", **fields: Any) -> list[dict[str, Any]]:
        """So many servers of one request, once each has that status."""
        reply = self.boot(min_count=count, max_count=count, return_reservation_id=True, **fields)
        assert reply.status == 202, reply.body
        own = f"/servers?reservation_id={reply.body['reservation_id']}"
        listed = self.request("GET", own).body["servers"]
        assert len(listed) == count
        return [self.wait(one["id"], status) for one in listed]

    def end(self, uuids: list[str]) -> None:
        """Servers that are deleted, all at once, until all are gone."""
        for uuid in uuids:
            self.request("DELETE", f"/servers/{uuid}", token=f"admin:{PROJECT}")
        for uuid in uuids:
            self.wait(uuid, "GONE")

    def show(self, uuid: str) -> dict[str, Any]:
        reply = self.request("GET", f"/servers/{uuid}", token=f"admin:{PROJECT}")
        if reply.status == 404:
            return {"status": "GONE"}
        assert reply.status == 200, reply.body
        server: dict[str, Any] = reply.body["server"]
        return server

    def act(self, uuid: str, action: dict[str, Any], **more: Any) -> Reply:
        return self.request("POST", f"/servers/{uuid}/action", action, **more)

    def wait(self, uuid: str, *statuses: str, seconds: float = 20.0) -> dict[str, Any]:
        """The server once it has one of the statuses and nothing is being done to it."""
        end = self.clock.monotonic() + seconds
        while True:
            server = self.show(uuid)
            done = server["status"] in statuses and not server.get("OS-EXT-STS:task_state")
            if done:
                return server
            if self.clock.monotonic() > end:
                raise AssertionError(f"{uuid} is still {server}")
            self.clock.sleep(0.02)


