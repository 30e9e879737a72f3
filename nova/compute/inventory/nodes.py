"""From a hypervisor's facts to the compute node that everybody sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from oslo_config import cfg

from nova.compute.inventory.devices import provider_of
from nova.compute.inventory.processors import shared_and_dedicated
from nova.compute.inventory.ratios import ratio
from nova.compute.inventory.workload import stats_of
from nova.objects.host import ComputeNode
from nova.objects.server import Instance
from nova.virt.contract import HostFacts
from nova.virt.pci.ledger import pools
from nova.virt.topology.holdings import Holdings
from nova.virt.topology.kept import as_object, host_to_json, opened


@dataclass(frozen=True)
class Used:
    """What the servers of a node have been given."""

    vcpus: int = 0
    memory_mb: int = 0
    disk_gb: int = 0
    servers: int = 0
    busy: int = 0
    stats: Mapping[str, int] = field(default_factory=dict)


def used_by(instances: Iterable[Instance]) -> Used:
    listed = list(instances)
    return Used(
        vcpus=sum(i.vcpus or 0 for i in listed),
        memory_mb=sum(i.memory_mb or 0 for i in listed),
        disk_gb=sum((i.root_gb or 0) + (i.ephemeral_gb or 0) for i in listed),
        servers=len(listed),
        busy=sum(1 for i in listed if i.task_state),
        stats=stats_of(listed),
    )


def reserved_disk_gb(conf: cfg.ConfigOpts) -> int:
    """[DEFAULT]reserved_host_disk_mb in whole GiB, the last one begun."""
    return -(-int(conf.reserved_host_disk_mb) // 1024)


def node_of(
    conf: cfg.ConfigOpts, host: str, facts: HostFacts, uuid: str, used: Used,
    failed_builds: int = 0, books: Holdings | None = None,
    metrics: Sequence[Mapping[str, Any]] = (),
) -> ComputeNode:
    """`failed_builds` are those since the last one that succeeded; `books` say who has
    which processors, pages and devices; `metrics` are what monitors say of the host."""
    shown = failed_builds if conf.compute.consecutive_build_service_disable_threshold else 0
    memory_used = used.memory_mb + conf.reserved_host_memory_mb
    disk_used = used.disk_gb + reserved_disk_gb(conf)
    return ComputeNode(
        uuid=uuid,
        host=host,
        hypervisor_hostname=facts.node,
        hypervisor_type=facts.hypervisor_type,
        hypervisor_version=facts.hypervisor_version,
        vcpus=sum(processors_of(conf, facts)),
        memory_mb=facts.memory_mb,
        local_gb=facts.disk_gb,
        vcpus_used=used.vcpus + conf.reserved_host_cpus,
        memory_mb_used=memory_used,
        local_gb_used=disk_used,
        free_ram_mb=facts.memory_mb - memory_used,
        free_disk_gb=facts.disk_gb - disk_used,
        current_workload=used.busy,
        running_vms=used.servers,
        disk_available_least=facts.disk_available_least_gb,
        host_ip=str(conf.my_ip),
        cpu_info=dict(facts.cpu_info),
        supported_instances=[list(one) for one in facts.supported_instances],
        stats={**{name: str(count) for name, count in used.stats.items()},
               "failed_builds": str(shown)},
        metrics=list(metrics),
        pci_stats=_pools(conf, facts.node, books),
        numa_topology=host_to_json(books.cells) if books and books.cells else None,
        extra_resources=None,
        cpu_allocation_ratio=ratio(conf.cpu_allocation_ratio, conf.initial_cpu_allocation_ratio),
        ram_allocation_ratio=ratio(conf.ram_allocation_ratio, conf.initial_ram_allocation_ratio),
        disk_allocation_ratio=ratio(
            conf.disk_allocation_ratio, conf.initial_disk_allocation_ratio
        ),
    )


def processors_of(conf: cfg.ConfigOpts, facts: HostFacts) -> tuple[int, int]:
    """How many processors are for floating guests, and how many for pinned ones."""
    if not facts.cells:
        return facts.vcpus, 0
    online = frozenset[int]().union(*(cell.cpus for cell in facts.cells))
    shared, dedicated = shared_and_dedicated(conf, online)
    return len(shared), len(dedicated)


def _pools(conf: cfg.ConfigOpts, node: str, books: Holdings | None) -> dict[str, Any] | None:
    if books is None:
        return None
    counted = partial(provider_of, node) if conf.pci.report_in_placement else None
    objects = [as_object("PciDevicePool", "1.1", pool) for pool in pools(books.ledger, counted)]
    return as_object("PciDevicePoolList", "1.1", {"objects": objects})


def dedicated_of(node: ComputeNode) -> int:
    """How many of a node's processors are for pinned guests."""
    if not node.numa_topology:
        return 0
    cells = opened(node.numa_topology)["cells"]
    return sum(len(opened(cell)["pcpuset"]) for cell in cells)
