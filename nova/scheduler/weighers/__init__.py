"""Weighers: which of the hosts that will do is best.

`WEIGHERS` is what `nova.scheduler.weights.all_weighers` stands for.
"""

from nova.scheduler.weighers.cells import CrossCellWeigher
from nova.scheduler.weighers.contract import BaseHostWeigher, Weigher
from nova.scheduler.weighers.groups import (
    ServerGroupSoftAffinityWeigher,
    ServerGroupSoftAntiAffinityWeigher,
)
from nova.scheduler.weighers.image_properties import ImagePropertiesWeigher
from nova.scheduler.weighers.load import (
    BuildFailureWeigher,
    HypervisorVersionWeigher,
    IoOpsWeigher,
    NumInstancesWeigher,
)
from nova.scheduler.weighers.metrics import MetricsWeigher
from nova.scheduler.weighers.pci import PCIWeigher
from nova.scheduler.weighers.room import CPUWeigher, DiskWeigher, RAMWeigher

WEIGHERS: tuple[type[Weigher], ...] = (
    RAMWeigher,
    CPUWeigher,
    DiskWeigher,
    MetricsWeigher,
    IoOpsWeigher,
    PCIWeigher,
    ServerGroupSoftAffinityWeigher,
    ServerGroupSoftAntiAffinityWeigher,
    BuildFailureWeigher,
    CrossCellWeigher,
    HypervisorVersionWeigher,
    ImagePropertiesWeigher,
    NumInstancesWeigher,
)

__all__ = ["WEIGHERS", "BaseHostWeigher", "Weigher"]
