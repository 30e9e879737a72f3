"""Filters: which hosts will do.  A filter a file, or a few that share a rule.

`FILTERS` is what `nova.scheduler.filters.all_filters` stands for; `enabled_filters`
picks from it by class name.
"""

from nova.scheduler.filters.affinity import ServerGroupAffinityFilter
from nova.scheduler.filters.aggregate_extra_specs import AggregateInstanceExtraSpecsFilter
from nova.scheduler.filters.all_hosts import AllHostsFilter
from nova.scheduler.filters.anti_affinity import ServerGroupAntiAffinityFilter
from nova.scheduler.filters.capabilities import ComputeCapabilitiesFilter
from nova.scheduler.filters.compute import ComputeFilter
from nova.scheduler.filters.contract import (
    BaseHostFilter,
    Check,
    Filter,
    Refusal,
    Sieve,
    WayCheck,
)
from nova.scheduler.filters.crowding import (
    AggregateIoOpsFilter,
    AggregateNumInstancesFilter,
    IoOpsFilter,
    NumInstancesFilter,
)
from nova.scheduler.filters.flavor_affinity import AggregateTypeAffinityFilter
from nova.scheduler.filters.hinted_hosts import DifferentHostFilter, SameHostFilter
from nova.scheduler.filters.image_isolation import AggregateImagePropertiesIsolation
from nova.scheduler.filters.image_properties import ImagePropertiesFilter
from nova.scheduler.filters.isolated_hosts import IsolatedHostsFilter
from nova.scheduler.filters.metrics import MetricsFilter
from nova.scheduler.filters.near_address import SimpleCIDRAffinityFilter
from nova.scheduler.filters.numa_topology import NUMATopologyFilter
from nova.scheduler.filters.pci_passthrough import PciPassthroughFilter
from nova.scheduler.filters.query_hint import JsonFilter
from nova.scheduler.filters.tenancy import AggregateMultiTenancyIsolation

FILTERS: tuple[type[Filter], ...] = (
    AllHostsFilter,
    ComputeFilter,
    ComputeCapabilitiesFilter,
    ImagePropertiesFilter,
    ServerGroupAntiAffinityFilter,
    ServerGroupAffinityFilter,
    DifferentHostFilter,
    SameHostFilter,
    SimpleCIDRAffinityFilter,
    AggregateImagePropertiesIsolation,
    AggregateInstanceExtraSpecsFilter,
    AggregateMultiTenancyIsolation,
    AggregateTypeAffinityFilter,
    IoOpsFilter,
    AggregateIoOpsFilter,
    NumInstancesFilter,
    AggregateNumInstancesFilter,
    IsolatedHostsFilter,
    JsonFilter,
    MetricsFilter,
    NUMATopologyFilter,
    PciPassthroughFilter,
)

__all__ = ["FILTERS", "BaseHostFilter", "Check", "Filter", "Refusal", "Sieve", "WayCheck"]
