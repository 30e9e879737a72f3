"""How many decisions a second: filters, weighers and plan over hosts in memory, no I/O.

`candidates` is how many hosts placement names for a request.  CPU time of this process is
measured, so that other load does not blur it.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from nova.clients.placement.contract import AllocationRequest, CandidateQuery, Candidates
from nova.clients.placement.contract import ProviderSummary as Summary
from nova.clients.placement.contract import ResourceSummary as Room_
from nova.conf import new_config
from nova.objects.cloud import RequestSpec
from nova.objects.decision_packing import pack
from nova.objects.flavor import Flavor
from nova.objects.host import ComputeNode, Pulse
from nova.scheduler.candidates import offer
from nova.scheduler.hosts import HostState, ServiceView
from nova.scheduler.judges import Judges
from nova.scheduler.loading import enabled_filters, weighers
from nova.scheduler.numa import HostCell, Ratios, fit
from nova.scheduler.numa.wish import GuestCell, GuestTopology
from nova.scheduler.plan import Plan
from nova.scheduler.ranking import Choice
from nova.scheduler.recent import Asked
from nova.scheduler.request import read
from nova.scheduler.table import Table
from tools.bench.cloud_parts.table import Table as Table_

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KVM = (("x86_64", "kvm", "hvm"), ("i686", "kvm", "hvm"))


def hosts(count: int, rng: random.Random) -> dict[str, HostState]:
    """Hosts of one size, differently full, in two cells."""
    made = (_host(number, rng) for number in range(count))
    return {host.uuid: host for host in made}


def _host(number: int, rng: random.Random) -> HostState:
    servers = rng.randrange(40)
    return HostState(
        uuid=str(uuid.UUID(int=rng.getrandbits(128))),
        host=f"host{number}",
        nodename=f"host{number}",
        cell_uuid=f"cell{number % 2}",
        service=ServiceView(seen=NOW),
        hypervisor_version=7002000 + number % 3,
        supported_instances=KVM,
        total_usable_ram_mb=262144,
        free_ram_mb=262144 - servers * 4096,
        vcpus_total=64,
        vcpus_used=servers * 2,
        cpu_allocation_ratio=4.0,
        total_usable_disk_gb=4000,
        free_disk_mb=4096000 - servers * 40960,
        num_instances=servers,
        num_io_ops=rng.randrange(3),
    )


def server(number: int, **fields: object) -> RequestSpec:
    flavor = Flavor(
        id=1,
        flavorid="m1",
        name="m1",
        vcpus=2,
        memory_mb=4096,
        root_gb=40,
        ephemeral_gb=0,
        swap=0,
        extra_specs={},
        disabled=False,
        is_public=True,
    )
    lists = "force_hosts force_nodes ignore_hosts security_groups requested_networks"
    nothing: dict[str, list[str]] = {name: [] for name in f"{lists} requested_resources".split()}
    return RequestSpec(
        **{
            **nothing,
            "instance_uuid": str(uuid.UUID(int=number)),
            "project_id": "p",
            "user_id": "u",
            "flavor": flavor,
            "image": {"id": "i", "properties": {}},
            "num_instances": 1,
            "availability_zone": None,
            "requested_host": None,
            "requested_node": None,
            "hints": {},
            "group": None,
            "is_bfv": False,
            "limit_cell": None,
            **fields,
        }
    )


def answer(named: list[HostState]) -> Candidates:
    amounts = {"VCPU": 2, "MEMORY_MB": 4096, "DISK_GB": 40}
    capacity = {name: Room_(10**6, 0) for name in amounts}
    return Candidates(
        tuple(AllocationRequest({one.uuid: amounts}, {"": (one.uuid,)}) for one in named),
        {one.uuid: Summary(one.uuid, None, capacity) for one in named},
    )


def measure(
    known: dict[str, HostState],
    candidates: int,
    seconds: float,
    judges: Judges,
    image: dict[str, str],
    *,
    anew: bool = False,
) -> tuple[float, float]:
    """(decisions a second, milliseconds each); `anew`: placement's answer, as it was read, is
    turned to hosts for every one."""
    rng = random.Random(1)
    everyone = list(known.values())
    named = rng.sample(everyone, candidates) if candidates else everyone
    said = answer(named)
    given = offer(said, known.__contains__)
    spec, table = server(1, image={"id": "i", "properties": image}), Table(everyone)
    asked = Asked(CandidateQuery(()), given)
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        request = read(spec, NOW)
        if anew:
            given = offer(said, known.__contains__)
            asked = Asked(CandidateQuery(()), given)
        plan = Plan(judges, given, rng)
        plan.sift(request, asked.field(table))
        placing = plan.place(request, 2)
        chosen = placing.chosen.host
        table.put(chosen.after(request.taken))
        done += 1
    return done / spent, 1000 * spent / done


class Instantly:
    """Stores and placement that answer at once, so that only the scheduler's work is seen."""

    def __init__(self, known: dict[str, HostState], candidates: int) -> None:
        named = random.Random(1).sample(list(known.values()), candidates)
        self._answer, self._nodes = answer(named), [_row(host) for host in known.values()]
        self.api = SimpleNamespace(
            aggregates=SimpleNamespace(find=list),
            decisions=SimpleNamespace(add=lambda decisions: [pack(d.findings) for d in decisions]),
        )
        self.search = SimpleNamespace(candidates=lambda context, query: self._answer)
        nothing = lambda context, allocations: None
        self.allocations = SimpleNamespace(claim=nothing, change=nothing)
        pulses = [Pulse(host.host, False, False, 1, datetime.now(UTC)) for host in known.values()]
        self._cell = SimpleNamespace(
            uuid="cell", services=SimpleNamespace(pulses=lambda binary: pulses),
            nodes=SimpleNamespace(changed_since=lambda moment: [] if moment else self._nodes),
        )

    def each(self, ask: Callable[[Any], Any]) -> dict[str, Any]:
        return {"cell": ask(self._cell)}


def _row(host: HostState) -> ComputeNode:
    return ComputeNode.hydrate({
        **dict.fromkeys(ComputeNode.fields), "uuid": host.uuid, "host": host.host,
        "hypervisor_hostname": host.nodename, "hypervisor_type": "QEMU",
        "hypervisor_version": host.hypervisor_version, "vcpus": 64, "memory_mb": 262144,
        "local_gb": 4000, "vcpus_used": host.vcpus_used, "local_gb_used": 0,
        "memory_mb_used": 262144 - host.free_ram_mb, "cpu_allocation_ratio": 4.0,
        "supported_instances": [list(one) for one in KVM],
    })


def main(seconds: float) -> None:
    conf = new_config()
    judges = Judges(enabled_filters(conf), weighers(conf), Choice())
    found = Table_("Decisions without any I/O", (
        "hosts", "candidates", "request", "a second", "ms each"))
    for count in (1000, 5000):
        for candidates in sorted({100, 1000, count}):
            for kind, image, anew in KINDS:
                known = hosts(count, random.Random(0))
                rate, each = measure(known, candidates, seconds, judges, image, anew=anew)
                found.row(count, candidates, kind, rate, each)
    found.show()
    numa().show()


KINDS: tuple[tuple[str, dict[str, str], bool], ...] = (
    ("plain", {}, False),
    ("of an architecture", {"hw_architecture": "x86_64"}, False),
    ("plain, each with an answer of its own", {}, True),
)


def numa() -> Table_:
    """A guest of 8 cells on a host of 16: one that fits, and two that do not."""
    found = Table_("8 memory nodes on 16", ("guest", "fits", "ms"))
    host = tuple(HostCell(id=number, shared=frozenset(range(4)), dedicated=frozenset(range(4, 8)),
                          memory_mb=8192 + number) for number in range(16))
    one = GuestCell(2, 2, 4096)
    guests = {
        "alike": (one,) * 8,
        "each wants the largest but one less": tuple(
            replace(one, memory_mb=8192 + 15 - number) for number in range(8)),
        "one has no place": (*(one,) * 7, replace(one, memory_mb=9999)),
        "eight want the same seven": (replace(one, memory_mb=8192 + 9),) * 8,
    }
    for name, cells in guests.items():
        began = time.process_time()
        for _ in range(100):
            fits = fit(GuestTopology(cells), host, Ratios())
        found.row(name, "no" if fits is None else "yes", 10 * (time.process_time() - began))
    return found
