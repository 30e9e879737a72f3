"""A compute API in this process: real pipeline and stores, everything around it in memory."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import webob
from oslo_middleware.opts import list_opts_sizelimit
from oslo_policy import opts as policy_options

from nova.api.app import build_app
from nova.api.identity.noauth import noauth2
from nova.api.routes import all_routes
from nova.clients.baremetal.contract import Node
from nova.clients.baremetal.memory import BaremetalMemory
from nova.clients.identity.memory import IdentityMemory, IdentityState
from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.network.servers import ServerNetworking
from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.clients.volume.memory import VolumeMemory, VolumeState
from nova.conf import new_config
from nova.core.clock import RealClock
from nova.errors import Unsupported
from nova.objects.cloud import HostMapping
from nova.objects.host import ComputeNode, Service
from nova.objects.server import Instance
from nova.rpc.calls import ConductorCalls, HostCalls, SchedulerCalls
from nova.rpc.contract import COMPUTE, Address
from nova.rpc.inprocess import InProcessBus
from nova.seams import ApiSeams
from tests import records
from tests.described import hold
from tests.stores import CELL1_UUID, memory_stores

NOW = datetime(2026, 8, 21, 12, 0, 0, tzinfo=UTC)
PROJECT = "6f70656e737461636b20342065766572"
OTHER_PROJECT = "0123456789abcdef0123456789abcdef"
TOKENS = {
    "admin": f"admin:{PROJECT}",
    "user": f"alice:{PROJECT}",
    "other": f"bob:{OTHER_PROJECT}",
}
UPTIME = " 08:32:11 up 93 days, 18:25, 12 users,  load average: 0.20, 0.12, 0.14"


class StillClock(RealClock):
    """Time passes only when told to."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class OneBus:
    """Top and all cells on the same bus."""

    def __init__(self, bus: InProcessBus) -> None:
        self.top = bus

    def cell(self, cell_uuid: str) -> InProcessBus:
        return self.top


class Host:
    """A compute host that knows how long it has been up, or cannot tell."""

    def __init__(self, uptime: str | None = UPTIME, tells: bool = True) -> None:
        self.uptime, self.tells = uptime, tells

    def ask(self, context: Any, question: str, instance: Any, arguments: Any) -> Any:
        assert question == "uptime"
        if not self.tells:
            raise Unsupported
        return self.uptime


class World:
    def __init__(self, *, cells: tuple[str, ...] = (CELL1_UUID,), **options: Any) -> None:
        self.clock = StillClock()
        self.conf = new_config()
        for group, found in (*list_opts_sizelimit(), *policy_options.list_opts()):
            self.conf.register_opts(found, group)
        self.conf([])
        # An answer that is not what is declared fails whichever test asked.
        self.conf.set_override("response_validation", "error", "api")
        for name, value in options.items():
            group, _, option = name.partition("__")
            self.conf.set_override(option or group, value, group if option else None)
        self.stores = memory_stores(self.clock, cells)
        self.cell = self.stores.cell(CELL1_UUID)
        self.bus = InProcessBus(RealClock(), timeout=2)
        self.identity = IdentityState(projects={PROJECT, OTHER_PROJECT, "p1"})
        self.placement = PlacementMemory(PlacementState(self.clock.lock))
        self.network = NetworkState(self.clock.lock)
        self.images = ImageState(self.clock)
        self.volumes = VolumeState(self.clock)
        self.baremetal: dict[str, Node] = {}
        buses = OneBus(self.bus)
        self.seams = ApiSeams(
            conf=self.conf,
            clock=self.clock,
            stores=self.stores,
            network=ServerNetworking(NetworkMemory(self.network), self.clock),
            image=ImageMemory(self.images),
            identity=IdentityMemory(self.identity),
            placement=self.placement,
            hosts=HostCalls(buses),
            conductor=ConductorCalls(buses),
            scheduler=SchedulerCalls(buses),
            volume=VolumeMemory(self.volumes),
            baremetal=BaremetalMemory(self.baremetal),
        )
        self.app = build_app(self.conf, self.seams, all_routes(), auth=noauth2)

    def ask(
        self,
        method: str,
        path: str,
        *,
        who: str = "user",
        version: str | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> webob.Response:
        """`path` is below /v2.1 unless it names a version itself, or the root: 'root:/'."""
        request = webob.Request.blank(
            _whole(path),
            method=method,
            base_url="http://openstack.example.com",
        )
        request.headers["X-Auth-Token"] = TOKENS[who]
        if version is not None:
            request.headers["OpenStack-API-Version"] = f"compute {version}"
        if json is not None:
            request.json = json
            request.content_type = "application/json"
        if body is not None:
            request.body = body
        request.headers.update(headers or {})
        response = request.get_response(self.app)
        response.request = request
        hold(request, response)
        return response

    def add_service(self, host: str, binary: str = "nova-compute", **more: Any) -> Service:
        service = self.cell.services.register(
            Service(
                uuid=_uuid("5e", host, binary),
                host=host,
                binary=binary,
                topic=binary.removeprefix("nova-"),
                report_count=0,
                disabled=False,
                disabled_reason=None,
                forced_down=False,
                last_seen_up=self.clock.now(),
                version=70,
            )
        )
        self.cell.services.report(host, binary, self.clock.now())
        return self.cell.services.update(service.id, more) if more else service

    def add_host(self, host: str, answers: Host | None = None) -> ComputeNode:
        service = self.add_service(host)
        self.stores.api.hosts.add([HostMapping(host=host, cell_uuid=CELL1_UUID)])
        node = self.cell.nodes.save(_node(host, service.id))
        self.placement.providers.ensure(None, node.uuid, host)
        self.bus.serve(Address(COMPUTE, host), answers or Host())
        return node

    def add_server(self, host: str, **more: Any) -> Instance:
        """A server on a host, with its creation still open."""
        wanted = records.instance(
            host=host, node=f"{host}.example", project_id=PROJECT, user_id="alice", **more
        )
        made, _ = self.cell.operations.create(wanted, records.operation(wanted.uuid))
        return made

    def add_hosts(self, hosts: Iterable[str]) -> None:
        for host in hosts:
            self.add_host(host)


def _whole(path: str) -> str:
    if path.startswith("root:"):
        return path.removeprefix("root:")
    return path if path.startswith("/v2") else f"/v2.1{path}"


def _uuid(kind: str, *names: str) -> str:
    """Readable and the same in every run."""
    number = sum(ord(letter) * (index + 1) for index, letter in enumerate("".join(names)))
    return f"{kind}000000-0000-4000-8000-{number:012d}"


def _node(host: str, service_id: int) -> ComputeNode:
    return ComputeNode(
        uuid=_uuid("c0", host),
        service_id=service_id,
        host=host,
        hypervisor_hostname=f"{host}.example",
        hypervisor_type="fake",
        hypervisor_version=1000,
        vcpus=2,
        memory_mb=8192,
        local_gb=1028,
        vcpus_used=0,
        memory_mb_used=512,
        local_gb_used=0,
        free_ram_mb=7680,
        free_disk_gb=1028,
        current_workload=0,
        running_vms=0,
        disk_available_least=0,
        host_ip="192.168.1.135",
        cpu_info={"arch": "x86_64", "topology": {"cores": 1, "sockets": 4}},
        supported_instances=[],
        stats={},
        metrics=[],
        pci_stats=None,
        numa_topology=None,
        extra_resources=None,
        cpu_allocation_ratio=16.0,
        ram_allocation_ratio=1.5,
        disk_allocation_ratio=1.0,
        mapped=1,
    )


__all__ = ["NOW", "OTHER_PROJECT", "PROJECT", "Host", "Instance", "World"]
