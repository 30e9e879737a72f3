"""A conductor's parts on a virtual clock, with a scheduler and hosts that only listen."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.network.memory import NetworkMemory
from nova.clients.network.memory.state import NetworkState
from nova.clients.network.servers import networking
from nova.clients.placement.contract import Allocation, Consumer, Inventory
from nova.clients.placement.memory import PlacementMemory
from nova.clients.placement.memory.state import PlacementState
from nova.conductor.intake import Intake
from nova.conductor.runner import Runner
from nova.conductor.watchdog import Watchdog
from nova.context import admin_context
from nova.objects.cloud import CELL0_UUID, BuildRequest, Selection
from nova.objects.host import Service
from nova.objects.server import Instance, Operation
from nova.seams import ConductorSeams
from nova.servers import BY_KIND
from tests import records
from tests.cloud import configured
from tests.simulation.clock import SimClock
from tests.stores import CELL1_UUID, memory_stores

CONTEXT = admin_context()
PROVIDER = "22222222-0000-4000-8000-000000000001"


class Died(BaseException):
    """The process is killed where it is."""


class Hosts:
    """nova.rpc.calls.HostCalls that notes what hosts are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.then: Callable[[], None] = lambda: None

    def perform(self, context: Any, cell_uuid: str, host: str, operation: Operation) -> None:
        self.told.append((host, operation.kind))
        self.then()


class Scheduler:
    """Puts every server on `hosts`, the first one claimed; `before` may object."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self.hosts = ["host1", "host2"]
        self.asked: list[list[str]] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def select(self, context: Any, specs: Sequence[Any], alternates: int) -> list[list[Selection]]:
        self.asked.append([spec.instance_uuid for spec in specs])
        self.before()
        for spec in specs:
            self._room.claim(spec.instance_uuid)
        self.after()
        return [selections(*self.hosts[: alternates + 1]) for _ in specs]


def selections(*hosts: str) -> list[Selection]:
    return [
        Selection(host=host, node=host, compute_uuid=PROVIDER, cell_uuid=CELL1_UUID,
                  availability_zone="nova", limits={},
                  allocation={"resources": {PROVIDER: {"VCPU": 1}}} if number else None)
        for number, host in enumerate(hosts)
    ]


class Conductor:
    """One process; `died` holds what killed its tasks."""

    def __init__(self, room: "Room", name: str) -> None:
        self.runner = Runner(room.seams, f"conductor:control:{name}", BY_KIND)
        self.intake = Intake(room.seams, self.runner)
        self.watchdog = Watchdog(room.seams, self.runner, self.intake, lambda: None)
        self._room = room

    def build(self, *builds: BuildRequest) -> None:
        self._room.do(self.intake.build, CONTEXT, [one.instance_uuid for one in builds])

    def look(self) -> None:
        self._room.do(self.watchdog.look)


class Room:
    def __init__(self, **options: Any) -> None:
        self.clock = SimClock()
        self.conf = configured(**options)
        self.stores = memory_stores(self.clock)
        self.cell: Any = self.stores.cell(CELL1_UUID)
        self.cell0: Any = self.stores.cell(CELL0_UUID)
        self.network_state = NetworkState(self.clock.lock)
        self.network = networking(self.conf, self.clock, NetworkMemory(self.network_state))
        self.placement_state = PlacementState(self.clock.lock)
        self.placement = PlacementMemory(self.placement_state)
        self.placement.providers.ensure(CONTEXT, PROVIDER, "host1")
        self.placement.facts.set_inventories(CONTEXT, PROVIDER, {"VCPU": Inventory(64)})
        self.hosts = Hosts()
        self.scheduler = Scheduler(self)
        self.seams = ConductorSeams(
            conf=self.conf, clock=self.clock, stores=self.stores, network=self.network,
            placement=self.placement, image=ImageMemory(ImageState(self.clock)),
            scheduler=self.scheduler, hosts=self.hosts,  # type: ignore[arg-type]
        )
        self.died: list[BaseException] = []

    def conductor(self, name: str = "one") -> Conductor:
        return Conductor(self, name)

    def do(self, work: Callable[..., Any], *arguments: Any, seconds: float = 1) -> None:
        """In a task of a process; one that dies in it is simply gone."""

        def run() -> None:
            try:
                work(*arguments)
            except Died as death:
                self.died.append(death)

        self.clock.start_task("conductor", run)
        self.clock.run(seconds)

    def asked_for(self, launch_index: int = 0, **more: Any) -> BuildRequest:
        """A create as the API accepts it."""
        server = records.instance(image_ref="", launch_index=launch_index)
        values = {
            "arguments": {"block_devices": [], "admin_password": "secret"},
            "deadline": self.clock.now() + timedelta(hours=1), "request_id": "req-1",
        }
        build = records.build_request(server, **{**values, **more})
        self.stores.api.builds.record([(build, records.request_spec(server.uuid))])
        return build

    def claim(self, uuid: str) -> None:
        consumer = Consumer(uuid, records.PROJECT, records.USER)
        self.placement.allocations.claim(
            CONTEXT, Allocation(consumer, {PROVIDER: {"VCPU": 1}}))

    def held(self) -> set[str]:
        return {c for c, a in self.placement_state.consumers.items() if a.resources}

    def host(self, name: str) -> Service:
        """A compute service that was heard of now."""
        service = Service(host=name, binary="nova-compute", topic="compute", version=1)
        self.cell.services.register(service)
        reported: Service = self.cell.services.report(name, "nova-compute", self.clock.now())
        return reported

    def server(self, **more: Any) -> Instance:
        values = {"host": "host1", "vm_state": "active", "task_state": None,
                  "image_ref": "", "launched_at": self.clock.now()}
        server = records.instance(**{**values, **more})
        done = self.operation(server.uuid, "create", state="done", finish_time=self.clock.now())
        self.cell.operations.create(server, done)
        return self.record(server.uuid)

    def operation(self, uuid: str, kind: str, **more: Any) -> Operation:
        now = self.clock.now()
        values = {"kind": kind, "start_time": now, "deadline": now + timedelta(minutes=10),
                  "progress": {"target": "host1"}}
        return records.operation(uuid, kind, **{**values, **more})

    def begin(self, uuid: str, kind: str, **more: Any) -> Operation:
        begun: Operation = self.cell.operations.begin(
            self.operation(uuid, kind, **more), BY_KIND[kind].moves)
        return begun

    def record(self, uuid: str) -> Instance:
        found: Instance = self.cell.instances.get(uuid, read_deleted=True)
        return found

    def journal(self, operation: Operation) -> Operation:
        found: Operation = self.cell.operations.get(operation.id)
        return found
