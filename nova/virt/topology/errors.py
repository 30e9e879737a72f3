"""What flavor and image may not ask for, alone or together."""

from nova.errors import Invalid


class ImagePolicyForbidden(Invalid):
    template = (
        "Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy set "
        "against the flavor"
    )


class ImageThreadPolicyForbidden(Invalid):
    template = (
        "Image property 'hw_cpu_thread_policy' is not permitted to override CPU thread pinning "
        "policy set against the flavor"
    )


class ImageNumaForbidden(Invalid):
    template = (
        "Image property '{name}' is not permitted to override NUMA configuration set against "
        "the flavor"
    )


class BadPolicy(Invalid):
    template = "CPU policy requested from '{source}' is invalid: '{value}'"


class BadThreadPolicy(Invalid):
    template = "CPU thread policy requested from '{source}' is invalid: '{value}'"


class ThreadPolicyWithoutPinning(Invalid):
    template = "Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy"


class BadEmulatorPolicy(Invalid):
    template = (
        "CPU emulator threads option requested is invalid, given: '{value}', available: "
        "'share, isolate'."
    )


class EmulatorPolicyWithoutPinning(Invalid):
    template = (
        "An isolated CPU emulator threads option requires a dedicated CPU policy option."
    )


class RealtimeWithoutPinning(Invalid):
    template = "Cannot set realtime policy in a non dedicated cpu pinning policy"


class BadRealtimeMask(Invalid):
    template = (
        "Use of realtime CPUs requires either one or more non-realtime CPU(s) or offloaded "
        "emulator threads."
    )


class MixedMask(Invalid):
    template = (
        "Dedicated CPU set can be specified from either 'hw:cpu_dedicated_mask' or "
        "'hw:cpu_realtime_mask' when using 'mixed' CPU policy. 'hw:cpu_dedicated_mask' and "
        "'hw:cpu_realtime_mask' can not be specified at the same time, or be specified with "
        "none of them."
    )


class MaskWithoutMixed(Invalid):
    template = "Cannot specify 'hw:cpu_dedicated_mask' without the 'mixed' policy."


class BadMixedMask(Invalid):
    template = (
        "Mixed instance must have at least 1 pinned vCPU and 1 unpinned vCPU. See "
        "'hw:cpu_dedicated_mask'."
    )


class BadNodeCount(Invalid):
    template = (
        "The property 'numa_nodes' cannot be '{nodes}'. It must be a number greater than 0"
    )


class NumaIncomplete(Invalid):
    template = "CPU and memory allocation must be provided for all NUMA nodes"


class NumaAsymmetric(Invalid):
    template = (
        "Instance CPUs and/or memory cannot be evenly distributed across instance NUMA nodes. "
        "Explicit assignment of CPUs and memory to nodes is required"
    )


class CpuOutOfRange(Invalid):
    template = "CPU number {cpu} is larger than max {most}"


class CpuTwice(Invalid):
    template = "CPU number {cpu} is assigned to two nodes"


class CpusUnassigned(Invalid):
    template = "CPU number {cpus} is not assigned to any node"


class MemoryOutOfRange(Invalid):
    template = "{given} MB of memory assigned, but expected {expected} MB"


class BadPageSize(Invalid):
    template = "Invalid memory page size '{size}'"


class PageSizeForbidden(Invalid):
    template = "Page size {size} forbidden against '{against}'"


class LockedMemoryForbidden(Invalid):
    template = (
        "locked_memory value in image or flavor is forbidden when mem_page_size is not set."
    )


class Conflicting(Invalid):
    template = (
        "Conflicting values for {name} found in the flavor ({flavor}) and the image ({image})."
    )
