"""A small cloud in memory: stores that count what is asked of them, placement, a clock."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from nova.clients.placement.contract import Inventory
from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.objects.cloud import Aggregate, RequestSpec, Selection, ServerGroup
from nova.objects.decision_packing import pack, unpack
from nova.objects.decisions import Decision
from nova.objects.group_rules import allows, whereabouts
from nova.objects.host import ComputeNode, Pulse, Service
from nova.objects.server import Instance
from nova.objects.store.errors import ServerGroupNotFound
from nova.scheduler.host import SchedulerEndpoint
from tests.unit.scheduler.making import NOW, conf_with, spec, uid

CONTEXT = RequestContext(user_id="u1", project_id="p1", request_id="req-1")


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


@dataclass
class CellInMemory:
    """The part of CellStore that the scheduler asks; every answer is one statement."""

    uuid: str
    clock: StillClock
    statements: Counter[str]
    rows: dict[str, ComputeNode] = field(default_factory=dict)
    services_of: dict[str, Service] = field(default_factory=dict)
    servers: dict[str, Instance] = field(default_factory=dict)
    broken: bool = False

    def __post_init__(self) -> None:
        self.nodes = SimpleNamespace(changed_since=self._changed_since)
        self.services = SimpleNamespace(find=self._services, pulses=self._pulses)
        self.instances = SimpleNamespace(find=self._instances)

    def _count(self, what: str) -> None:
        if self.broken:
            raise RuntimeError("the cell does not answer")
        self.statements[what] += 1

    def _changed_since(self, moment: datetime | None) -> list[ComputeNode]:
        self._count("nodes")
        return [n for n in self.rows.values() if moment is None or n.updated_at >= moment]

    def _services(self, *, host: str | None = None, binary: str | None = None) -> list[Service]:
        self._count("services")
        return list(self.services_of.values())

    def _pulses(self, binary: str) -> list[Pulse]:
        return [Pulse(one.host, one.disabled, one.forced_down, one.version, one.last_seen_up)
                for one in self._services(binary=binary)]

    def _instances(self, wanted: Any, page: Any, *, detail: bool = True) -> list[Instance]:
        self._count("instances")
        named = [self.servers[uuid] for uuid in wanted.uuids or self.servers
                 if uuid in self.servers]
        return [one for one in named if not wanted.exact or one.host in wanted.exact["host"]]


class StoresInMemory:
    def __init__(self, clock: StillClock) -> None:
        self.statements: Counter[str] = Counter()
        self._clock = clock
        self._cells = {name: CellInMemory(name, clock, self.statements) for name in ("c1", "c2")}
        self.aggregates: list[Aggregate] = []
        self.groups: dict[str, ServerGroup] = {}
        self.api = SimpleNamespace(
            aggregates=SimpleNamespace(find=self._aggregates),
            groups=SimpleNamespace(
                get=self._group, decided=self._decided_lately, settle=self._settle,
                unsettle=self._unsettle,
            ),
            decisions=SimpleNamespace(add=self._decided, prune=lambda before: 0),
            specs=SimpleNamespace(of=lambda uuids: {}),
        )
        self.decisions: list[Decision] = []
        self.settled: dict[str, tuple[str, datetime]] = {}

    def _decided(self, decisions: list[Decision]) -> None:
        """Through the form that a database keeps."""
        self.decisions += [replace(one, findings=unpack(pack(one.findings))) for one in decisions]

    def cell(self, uuid: str) -> CellInMemory:
        return self._cells[uuid]

    def each(self, ask: Callable[[CellInMemory], Any]) -> dict[str, Any]:
        return {uuid: _answer(ask, cell) for uuid, cell in self._cells.items()}

    def _aggregates(self) -> list[Aggregate]:
        self.statements["aggregates"] += 1
        return list(self.aggregates)

    def _decided_lately(self, uuid: str, since: datetime) -> dict[str, str]:
        self.statements["groups"] += 1
        return {one: self.settled[one][0] for one in self.groups[uuid].members
                if one in self.settled and self.settled[one][1] >= since}

    def _settle(
        self, uuid: str, places: dict[str, str], known: dict[str, str], since: datetime
    ) -> bool:
        group = self.groups[uuid]
        others, leaving = whereabouts(known, self._decided_lately(uuid, since))
        for server in places:
            others.pop(server, None)
            leaving.pop(server, None)
        if not allows(group.policy, group.rules, others, leaving, places):
            return False
        self.settled |= {one: (host, self._clock.now()) for one, host in places.items()}
        return True

    def _unsettle(self, servers: list[str]) -> None:
        for one in servers:
            self.settled.pop(one, None)

    def _group(self, uuid: str) -> ServerGroup:
        self.statements["groups"] += 1
        if uuid not in self.groups:
            raise ServerGroupNotFound(group_uuid=uuid)
        return self.groups[uuid]


def _answer(ask: Callable[[CellInMemory], Any], cell: CellInMemory) -> Any:
    try:
        return ask(cell)
    except RuntimeError as error:
        return error


class Cloud:
    """Hosts with providers, and the scheduler over them.  `calls` counts calls to placement.
    `conf` instead of options saves making it."""

    def __init__(self, conf: Any = None, **options: Any) -> None:
        self.clock = StillClock()
        self.calls: Counter[str] = Counter()
        self.stores = StoresInMemory(self.clock)
        self.trouble: Callable[[str], None] = lambda operation: None
        self.placement = PlacementMemory(PlacementState(threading.RLock, self._gate))
        self.conf = conf or conf_with(**options)
        self.segments: Any = None
        self.scheduler = self.another_scheduler()

    def another_scheduler(self) -> SchedulerEndpoint:
        return SchedulerEndpoint(
            self.conf, self.clock, self.stores, self.placement, rng=random.Random(7),
            segments=self.segments,
        )

    def _gate(self, operation: str) -> None:
        name = operation.removeprefix("placement.")
        self.calls[name] += 1
        self.trouble(name)

    def add(
        self, name: str, cell: str = "c1", *, vcpus: int = 8, memory_mb: int = 16384,
        disk_gb: int = 100, traits: frozenset[str] = frozenset(), node: str | None = None,
        more: Mapping[str, int] | None = None, **fields: Any,
    ) -> str:
        """A host with one node; its uuid.  `more` are further inventories."""
        row = compute_node(node or name, name, vcpus, memory_mb, disk_gb, self.clock.now(), fields)
        self.stores.cell(cell).rows[row.uuid] = row
        self.stores.cell(cell).services_of[name] = service(name, self.clock.now())
        self.placement.providers.ensure(CONTEXT, row.uuid, row.hypervisor_hostname)
        self.placement.facts.set_inventories(CONTEXT, row.uuid, {
            "VCPU": Inventory(vcpus), "MEMORY_MB": Inventory(memory_mb),
            "DISK_GB": Inventory(disk_gb),
            **{name: Inventory(total) for name, total in (more or {}).items()},
        })
        self.placement.facts.set_traits(CONTEXT, row.uuid, traits)
        self.calls.clear()
        return row.uuid

    def hosts(self, count: int, **fields: Any) -> list[str]:
        return [self.add(f"h{number}", **fields) for number in range(1, count + 1)]

    def aggregate(self, name: str, hosts: list[str], **metadata: str) -> str:
        made = Aggregate(
            id=len(self.stores.aggregates) + 1, uuid=uid(name), name=name, hosts=hosts,
            metadata=metadata, created_at=None, updated_at=None,
        )
        self.stores.aggregates.append(made)
        for host in hosts:
            self.placement.facts.set_aggregates(CONTEXT, uid(host), frozenset({
                *self.placement.facts.aggregates(CONTEXT, uid(host)).aggregates, made.uuid}))
        return made.uuid

    def group(self, policy: str, members: list[str], **rules: Any) -> str:
        self.stores.groups[uid(policy)] = ServerGroup(
            id=1, uuid=uid(policy), name=policy, project_id="p1", user_id="u1", policy=policy,
            rules=rules, members=[uid(one) for one in members], created_at=None,
        )
        return uid(policy)

    def runs(self, server: str, host: str, cell: str = "c1") -> None:
        self.stores.cell(cell).servers[uid(server)] = Instance(
            uuid=uid(server), host=host, node=host, system_metadata={}
        )

    def select(self, *specs: RequestSpec, alternates: int = 0) -> list[list[Selection]]:
        return self.scheduler.select(CONTEXT, list(specs), alternates)

    def hosts_of(self, *specs: RequestSpec) -> list[str]:
        return [found[0].host for found in self.select(*specs)]

    def place(self, **fields: Any) -> str:
        """The host for a server asked for in this way."""
        return self.hosts_of(spec(**fields))[0]

    def told(self, server: str = "server") -> Decision:
        """The last decision about a server as it is kept."""
        assert self.scheduler.journal.settle(5)
        return [one for one in self.stores.decisions if one.instance_uuid == uid(server)][-1]

    def held(self, server: str = "server") -> dict[str, dict[str, int]]:
        """What the server holds in placement."""
        resources = self.placement.allocations.get(CONTEXT, uid(server)).resources
        return {provider: dict(amounts) for provider, amounts in resources.items()}


def compute_node(
    node: str, host: str, vcpus: int, memory_mb: int, disk_gb: int, now: datetime,
    fields: dict[str, Any],
) -> ComputeNode:
    nothing = dict.fromkeys(ComputeNode.fields)
    return ComputeNode.hydrate({
        **nothing, "id": 1, "uuid": uid(node), "host": host, "hypervisor_hostname": node,
        "hypervisor_type": "QEMU", "hypervisor_version": 7002000, "vcpus": vcpus,
        "memory_mb": memory_mb, "local_gb": disk_gb, "vcpus_used": 0, "memory_mb_used": 0,
        "local_gb_used": 0, "cpu_allocation_ratio": 1.0, "ram_allocation_ratio": 1.0,
        "disk_allocation_ratio": 1.0, "updated_at": now, "stats": {},
        "supported_instances": [["x86_64", "kvm", "hvm"]], **fields,
    })


def service(host: str, now: datetime, **fields: Any) -> Service:
    return Service.hydrate({
        "id": 1, "uuid": uid(f"service-{host}"), "host": host, "binary": "nova-compute",
        "topic": "compute", "report_count": 1, "disabled": False, "disabled_reason": None,
        "forced_down": False, "last_seen_up": now, "version": 66, "created_at": now,
        "updated_at": now, **fields,
    })
