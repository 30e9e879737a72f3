"""Many schedulers at once, at the edge of what there is: the result is that of some order.

Nothing is ever taken back here, so what is placed may stand in any order, and a
refusal is right if it still is at the end.  Each worker is a scheduler of its own:
its own hosts in memory, its own answers of placement.  On SQLite a short form; a
thousand requests on database servers, when there are any.
"""

import random
import threading
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from nova.clients.placement.contract import Inventory
from nova.clients.placement.memory import PlacementMemory, PlacementState
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.db.api import store as api
from nova.db.cell import store as cell
from nova.db.engine import Database
from nova.db.stores import SqlStores
from nova.objects.cloud import CELL0_UUID, CellMapping, ServerGroup
from nova.objects.host import ComputeNode, Service
from nova.objects.placing import NoValidHost
from nova.scheduler.host import SchedulerEndpoint
from nova.virt.fake.hypervisor import Size
from tests.cloud import PROJECT, Cloud
from tests.databases import fresh_database, kinds
from tests.stores import CELL1_UUID
from tests.unit.scheduler.making import conf_with, spec, uid

CONTEXT = RequestContext(user_id="u1", project_id="p1", request_id="req-1")
WORKERS = 8
SLOTS = 4


@dataclass
class Crowd:
    """Hosts with SLOTS places each, requests in random order, and who asks for them."""

    stores: SqlStores
    hosts: int
    placed: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self.placement = PlacementMemory(PlacementState(threading.RLock))
        self.requests = []
        for number in range(self.hosts):
            self._host(f"h{number}")

    def _host(self, name):
        now, there = RealClock().now(), self.stores.cell(CELL1_UUID)
        service = there.services.register(Service(
            uuid=uid(f"service-{name}"), host=name, binary="nova-compute", topic="compute",
            report_count=0, disabled=False, disabled_reason=None, forced_down=False,
            last_seen_up=now, version=66))
        there.nodes.save(ComputeNode(
            uuid=uid(name), service_id=service.id, host=name, hypervisor_hostname=name,
            hypervisor_type="QEMU", hypervisor_version=7002000, vcpus=2 * SLOTS, memory_mb=8192,
            local_gb=100, vcpus_used=0, memory_mb_used=0, local_gb_used=0, cpu_info={},
            supported_instances=[], stats={}, cpu_allocation_ratio=1.0,
            ram_allocation_ratio=1.0, disk_allocation_ratio=1.0, free_ram_mb=8192,
            free_disk_gb=100, mapped=0))
        self.placement.providers.ensure(CONTEXT, uid(name), name)
        self.placement.facts.set_inventories(CONTEXT, uid(name), {
            "VCPU": Inventory(2 * SLOTS), "MEMORY_MB": Inventory(8192), "DISK_GB": Inventory(100)})

    def ask_for(self, count, policy=None):
        """`count` servers more, all of one group if there is a policy."""
        servers = [f"{policy}-{uuid.uuid4()}" for _ in range(count)]
        group = None if policy is None else self._group(policy, servers)
        self.requests += [spec(one, group=group) for one in servers]

    def _group(self, policy, servers):
        made = self.stores.api.groups.create(ServerGroup(
            uuid=str(uuid.uuid4()), name=policy, project_id="p1", user_id="u1", policy=policy,
            rules={}, members=[]))
        self.stores.api.groups.add_members(made.uuid, [uid(one) for one in servers])
        self.groups.update((uid(one), made.uuid) for one in servers)
        self.policies[made.uuid] = policy
        return made.uuid

    def run(self):
        random.Random(5).shuffle(self.requests)
        barrier = threading.Barrier(WORKERS)
        threads = [threading.Thread(target=self._work, args=(number, barrier))
                   for number in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        assert not self.errors, self.errors
        assert len(self.placed) + len(self.refused) == len(self.requests)

    def _work(self, number, barrier):
        conf = conf_with(DEFAULT__host=f"s{number}")
        scheduler = SchedulerEndpoint(conf, RealClock(), self.stores, self.placement,
                                      rng=random.Random(number))
        scheduler.snapshot.refresh()
        barrier.wait()
        for asked in self.requests[number::WORKERS]:
            try:
                [[chosen]] = scheduler.select(CONTEXT, [asked], 0)
                self.placed[asked.instance_uuid] = chosen.host
            except NoValidHost:
                self.refused.append(asked.instance_uuid)
            except BaseException as error:
                self.errors.append(error)
                raise
        assert scheduler.journal.settle(60)

    def check(self):
        used = Counter(self.placed.values())
        assert used == self._held()
        assert all(count <= SLOTS for count in used.values())
        members = {}
        for server, host in self.placed.items():
            if server in self.groups:
                members.setdefault(self.groups[server], Counter())[host] += 1
        for group, hosts in members.items():
            if self.policies[group] == "affinity":
                assert len(hosts) == 1
            else:
                assert set(hosts.values()) == {1}
        full = {f"h{n}" for n in range(self.hosts) if used[f"h{n}"] == SLOTS}
        for server in self.refused:
            assert self._may_be_refused(server, full, members), server

    def _may_be_refused(self, server, full, members):
        everywhere = {f"h{number}" for number in range(self.hosts)}
        group = self.groups.get(server)
        hosts = set(members.get(group, ()))
        if group is None or not hosts:
            return full == everywhere
        if self.policies[group] == "affinity":
            return hosts <= full
        return full | hosts == everywhere

    def _held(self):
        """What placement says: servers on each host."""
        found = Counter()
        for server in self.placed:
            [provider] = self.placement.allocations.get(CONTEXT, server).resources
            found[provider] += 1
        return Counter({f"h{n}": found[uid(f"h{n}")] for n in range(self.hosts)
                        if found[uid(f"h{n}")]})


@contextmanager
def opened(kind, folder):
    """Stores on databases of a kind."""
    with ExitStack() as stack:
        clock = RealClock()
        urls = [stack.enter_context(fresh_database(kind, folder)) for _ in range(3)]
        databases = [Database(url, clock) for url in urls]
        api.create_tables(databases[0])
        for database in databases[1:]:
            cell.create_tables(database)
        shared = api.SqlApiStore(databases[0])
        places = dict(zip((CELL0_UUID, CELL1_UUID), databases[1:], strict=True))
        for number, (cell_uuid, database) in enumerate(places.items()):
            shared.cells.create(CellMapping(
                uuid=cell_uuid, name=f"cell{number}", transport_url="none:///", disabled=False,
                database_connection=str(database.url)))
        stores = SqlStores(
            shared, lambda one: cell.SqlCellStore(one.uuid, places[one.uuid]), clock)
        stack.callback(stores.close)
        yield stores


@pytest.fixture(params=kinds())
def crowd(request, tmp_path):
    many = request.param != "sqlite"
    with opened(request.param, tmp_path) as stores:
        made = Crowd(stores, hosts=100 if many else 12)
        scale = 10 if many else 1
        made.ask_for(40 * scale)
        for _ in range(scale):
            made.ask_for(made.hosts // scale + 4, "anti-affinity")
            made.ask_for(SLOTS + 2, "affinity")
            made.ask_for(2, "affinity")
        made.ask_for(made.hosts + 6, "anti-affinity")
        made.ask_for(28 * scale)
        yield made


def test_the_result_is_that_of_some_order(crowd):
    crowd.run()
    crowd.check()


@pytest.fixture(params=kinds())
def bounded(request, tmp_path, monkeypatch):
    """(a cloud on such databases, turns of each worker, servers that are allowed)"""
    turns, allowed = (3, 9) if request.param == "sqlite" else (25, 60)
    with opened(request.param, tmp_path) as stores:
        if request.param != "sqlite":
            monkeypatch.setattr("tests.cloud.memory_stores", lambda clock: stores)
        size = Size(vcpus=100, memory_mb=65536, disk_gb=1000)
        options = {"quota__instances": allowed, "quota__cores": -1, "quota__ram": -1,
                   "cpu_allocation_ratio": 4.0}
        cloud = Cloud(hosts=("host1",), options=options, size=size).start()
        yield cloud, turns, allowed
        cloud.stop()


def test_quota_is_never_exceeded_and_used_to_the_last(bounded):
    cloud, turns, allowed = bounded
    codes, barrier = [], threading.Barrier(WORKERS)

    def ask(number):
        barrier.wait()
        codes.extend(cloud.boot(f"s{number}-{turn}").status for turn in range(turns))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert Counter(codes) == {202: allowed, 403: WORKERS * turns - allowed}
    listed = cloud.request("GET", "/servers", token=f"admin:{PROJECT}").body["servers"]
    assert len(listed) == allowed
