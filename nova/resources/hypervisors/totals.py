"""GET /os-hypervisors/statistics: the capacity of the whole cloud."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import ANYTHING
from nova.core.view import before
from nova.microversions import HYPERVISOR_UPTIME
from nova.resources.hypervisors.found import everywhere
from nova.resources.hypervisors.listing import OLD_RULE
from nova.seams import ApiSeams

_SUMMED = (
    "vcpus", "memory_mb", "local_gb", "vcpus_used", "memory_mb_used", "local_gb_used",
    "free_ram_mb", "free_disk_gb", "current_workload", "running_vms", "disk_available_least",
)


def _statistics(call: Call[ApiSeams]) -> Any:
    """Hypervisors of disabled services count for nothing."""
    nodes = [each.node for each in everywhere(call) if not each.service.disabled]
    totals = {name: sum(getattr(node, name) or 0 for node in nodes) for name in _SUMMED}
    return {"hypervisor_statistics": {"count": len(nodes), **totals}}


ROUTES = (
    Route(
        "GET", "/os-hypervisors/statistics", _statistics,
        Policy("os-hypervisors:statistics", ADMIN, "Show the capacity of all hypervisors",
               deprecated=OLD_RULE),
        query=ANYTHING, until=before(HYPERVISOR_UPTIME),
    ),
)
