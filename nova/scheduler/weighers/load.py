"""How busy a host is, how full, how new, and how often building on it failed."""

from nova.scheduler.weighers.contract import NumberWeigher


class IoOpsWeigher(NumberWeigher):
    option = "io_ops_weight_multiplier"
    number = "num_io_ops"


class NumInstancesWeigher(NumberWeigher):
    option = "num_instances_weight_multiplier"
    number = "num_instances"


class BuildFailureWeigher(NumberWeigher):
    """The multiplier is written as a positive number and works against the host."""

    option = "build_failure_weight_multiplier"
    number = "failed_builds"
    sign = -1.0


class HypervisorVersionWeigher(NumberWeigher):
    option = "hypervisor_version_weight_multiplier"
    number = "hypervisor_version"
