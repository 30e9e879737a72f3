"""Hosts that are records only: rows of a cell, providers of placement."""

import uuid
from typing import Any

import sqlalchemy as sa

from nova.core.clock import RealClock
from nova.db.cell.nodes import compute_nodes
from nova.db.cell.services import services
from nova.placement.db.engine import Database
from nova.placement.db.schema import CLASSES, INVENTORIES, PROVIDERS

VCPUS, MEMORY_MB, DISK_GB, RATIO = 64, 262144, 4000, 4.0
STOCK = {"VCPU": (VCPUS, RATIO), "MEMORY_MB": (MEMORY_MB, 1.0), "DISK_GB": (DISK_GB, 1.0)}
AT_ONCE = 2000


def fill_cell(url: str, names: dict[str, str]) -> None:
    """`names` maps hosts to the uuids of their nodes."""
    now = RealClock().now().replace(tzinfo=None, microsecond=0)
    hosts = list(names.items())
    _insert(url, services, [_service(host, number, now) for number, (host, _) in enumerate(hosts)])
    _insert(url, compute_nodes, [_node(host, node, now) for host, node in hosts])


def fill_placement(url: str, names: dict[str, str]) -> None:
    database = Database(url, clock=RealClock())
    with database.engine.connect() as connection:
        classes = dict(connection.execute(sa.select(CLASSES.c.name, CLASSES.c.id)).all())
        first = (connection.scalar(sa.select(sa.func.max(PROVIDERS.c.id))) or 0) + 1
    database.dispose()
    numbered = list(enumerate(names.items(), first))
    _insert(url, PROVIDERS, [
        {"id": number, "uuid": node, "name": host, "generation": 1, "root_provider_id": number}
        for number, (host, node) in numbered
    ])
    _insert(url, INVENTORIES, [
        {"resource_provider_id": number, "resource_class_id": classes[name], "total": total,
         "reserved": 0, "min_unit": 1, "max_unit": total, "step_size": 1,
         "allocation_ratio": ratio}
        for number, _ in numbered for name, (total, ratio) in STOCK.items()
    ])


def made_names(count: int, first: int = 0) -> dict[str, str]:
    return {f"sim{number:05}": str(uuid.uuid4()) for number in range(first, first + count)}


def _insert(url: str, table: Any, rows: list[dict[str, Any]]) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for start in range(0, len(rows), AT_ONCE):
            connection.execute(sa.insert(table), rows[start : start + AT_ONCE])
    engine.dispose()


def _service(host: str, number: int, now: Any) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()), "host": host, "binary": "nova-compute", "topic": "compute",
        "report_count": 1, "disabled": False, "forced_down": False, "last_seen_up": now,
        "version": 66, "created_at": now, "updated_at": now, "deleted": 0,
    }


def _node(host: str, node: str, now: Any) -> dict[str, Any]:
    return {
        "uuid": node, "host": host, "hypervisor_hostname": host, "hypervisor_type": "QEMU",
        "hypervisor_version": 7002000, "vcpus": VCPUS, "memory_mb": MEMORY_MB,
        "local_gb": DISK_GB, "vcpus_used": 0, "memory_mb_used": 0, "local_gb_used": 0,
        "free_ram_mb": MEMORY_MB, "free_disk_gb": DISK_GB, "current_workload": 0,
        "running_vms": 0, "cpu_allocation_ratio": RATIO, "ram_allocation_ratio": 1.0,
        "disk_allocation_ratio": 1.0, "supported_instances": '[["x86_64", "kvm", "hvm"]]',
        "cpu_info": "{}", "stats": "{}", "mapped": 1, "created_at": now, "updated_at": now,
        "deleted": 0,
    }
