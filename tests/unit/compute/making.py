"""One compute host on a virtual clock, with its store at hand and nothing on a bus."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from nova.clients.image.memory import ImageMemory, ImageState
from nova.clients.network.memory import NetworkMemory
from nova.clients.network.memory.state import NetworkState
from nova.clients.network.servers import networking
from nova.clients.placement.memory import PlacementMemory
from nova.clients.placement.memory.state import PlacementState
from nova.cmd.adapters import ImagesOf
from nova.compute.inventory.books import HostBooks
from nova.compute.performer import Performer
from nova.compute.plugs import PortPlugs
from nova.conductor.departed import gone, outlived
from nova.core.action import Action
from nova.core.periodic import Periodic
from nova.core.states import Transition
from nova.db.host import SqlHostStore
from nova.errors import Unavailable
from nova.objects.host import Service
from nova.objects.server import Instance, Operation
from nova.seams import HostSeams
from nova.servers import BY_KIND
from nova.virt import fake
from nova.virt.contract import GuestSpec, RootDisk
from nova.virt.contract.states import PowerState
from nova.virt.fake.hypervisor import FakeHypervisor, Size
from tests import records
from tests.cloud import configured
from tests.simulation.clock import SimClock
from tests.stores import CELL1_UUID, memory_stores

HOST = "host1"
OWNER = "compute:host1:now"


class Shaky:
    """A host's store that is away for what `down` names, and answers too late what
    `late` names: it was done, and who asked does not know."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._real = SqlHostStore(house.cell, timedelta(seconds=30))
        self.down: set[str] = set()
        self.late: set[str] = set()
        self.asked: list[str] = []

    def gone(self, uuids: Sequence[str]) -> list[str]:
        self._gate("gone")
        return gone(self._house.stores, uuids)

    def outlived(self, host: str, uuids: Sequence[str], *, building: bool = True) -> list[str]:
        self._gate("outlived")
        since = self._real.service(host).created_at
        return outlived(self._house.stores, CELL1_UUID, host, since, uuids, building)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._gate(name)
            answer = method(*arguments, **named)
            if name in self.late:
                self.late.discard(name)
                raise Unavailable(service="conductor", reason="the answer was lost")
            return answer

        return call

    def _gate(self, name: str) -> None:
        self.asked.append(name)
        if name in self.down:
            raise Unavailable(service="conductor", reason="it is away")


class House:
    """`conf` options as tests.cloud.configured takes them."""

    def __init__(self, **options: Any) -> None:
        self.clock = SimClock()
        self.conf = configured(host=HOST, **options)
        self.stores = memory_stores(self.clock)
        self.cell: Any = self.stores.cell(CELL1_UUID)
        self.store = Shaky(self)
        self.hypervisor = FakeHypervisor(
            self.clock, nodes=(HOST,), size=Size(vcpus=8, memory_mb=8192, disk_gb=100)
        )
        self.network_state = NetworkState(self.clock.lock)
        self.network = networking(self.conf, self.clock, NetworkMemory(self.network_state))
        self.placement_state = PlacementState(self.clock.lock)
        self.placement = PlacementMemory(self.placement_state)
        self.image = ImageMemory(ImageState(self.clock))
        self.plugs = PortPlugs(self.conf, self.clock, self.network)
        self.seams = self.made_seams()

    def made_seams(self) -> HostSeams:
        """As a process of this host has them."""
        driver = fake.build(self.conf, self.clock, ImagesOf(self.image), self.hypervisor)
        return HostSeams(
            conf=self.conf, clock=self.clock, host=HOST, store=self.store,  # type: ignore[arg-type]
            network=self.network, placement=self.placement, image=self.image, driver=driver,
            plugs=self.plugs, nodes={}, books=HostBooks(self.conf, self.clock, driver.inventory),
        )

    def register(self) -> None:
        service = Service(host=HOST, binary="nova-compute", topic="compute", version=1)
        self.store.start(service, [records.compute_node(HOST)], OWNER)

    def performer(self, actions: dict[str, Action] | None = None) -> Performer:
        loops = Periodic(self.clock)
        return Performer(self.seams, OWNER, BY_KIND if actions is None else actions, loops)

    def server(self, *, guest: PowerState | None = PowerState.RUNNING, **more: Any) -> Instance:
        """A server that lives here in peace; `guest` is what its guest does, None: it has none."""
        values = {"host": HOST, "node": HOST, "vm_state": "active", "task_state": None,
                  "power_state": 1, "launched_at": self.clock.now(), "image_ref": ""}
        server = records.instance(**{**values, **more})
        build = records.build_request(server, deadline=self.clock.now() + timedelta(hours=1))
        self.stores.api.builds.record([(build, records.request_spec(server.uuid))])
        done = self.operation(server.uuid, "create", finish_time=self.clock.now(), state="done")
        self.cell.operations.create(server, done)
        self.stores.api.builds.place(server.uuid, CELL1_UUID)
        if guest is not None:
            self.guest(server.uuid, guest)
        return self.record(server.uuid)

    def guest(self, uuid: str, state: PowerState = PowerState.RUNNING) -> None:
        spec = GuestSpec(uuid=uuid, name=uuid, vcpus=1, memory_mb=512, root=RootDisk(None, 1))
        self.seams.driver.spawn.spawn(spec)
        if state != PowerState.RUNNING:
            self.change(uuid, state)

    def change(self, uuid: str, state: PowerState) -> None:
        """The guest does so by itself, and nobody hears of it."""
        self.hypervisor.put(dataclasses.replace(self.hypervisor.defined(uuid), state=state))

    def operation(self, uuid: str, action: str, **more: Any) -> Operation:
        now = self.clock.now()
        values = {"start_time": now, "deadline": now + timedelta(minutes=10),
                  "progress": {"target": HOST}}
        return records.operation(uuid, action, **{**values, **more})

    def begin(self, uuid: str, kind: str, **more: Any) -> Operation:
        """An operation as the API accepts it."""
        moves = BY_KIND[kind].moves if kind in BY_KIND else Transition()
        begun: Operation = self.cell.operations.begin(
            self.operation(uuid, kind, kind=kind, **more), moves
        )
        return begun

    def record(self, uuid: str) -> Instance:
        found: Instance = self.cell.instances.get(uuid, read_deleted=True)
        return found

    def journal(self, operation: Operation) -> Operation:
        found: Operation = self.cell.operations.get(operation.id)
        return found

    def guests(self) -> dict[str, PowerState]:
        return {one.uuid: one.state for one in self.hypervisor.all()}
