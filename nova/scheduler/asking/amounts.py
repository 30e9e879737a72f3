"""The amounts of a flavor: processors, memory, disk, and what else it implies."""

from collections import Counter

from nova.scheduler.numa.wish import pinned_of_mixed
from nova.scheduler.request import Request


def amounts(request: Request, *, dedicated: bool = True) -> dict[str, int]:
    """{resource class: amount} before extra specs override any of it.

    `dedicated` False asks shared processors for pinned ones too: hosts that
    do not tell them apart.
    """
    flavor = request.flavor
    found = dict(processors(request) if dedicated else {"VCPU": flavor.vcpus})
    found["MEMORY_MB"] = flavor.memory_mb
    found["DISK_GB"] = disk_gb(request)
    if request.enabled("hw:mem_encryption", "hw_mem_encryption"):
        found["MEM_ENCRYPTION_CONTEXT"] = 1
    found.update(persistent_memory(request))
    return found


def disk_gb(request: Request) -> int:
    """GiB of local disk; swap is MiB and rounded up."""
    flavor = request.flavor
    root = 0 if request.spec.is_bfv else flavor.root_gb
    return root + flavor.ephemeral_gb + -(-flavor.swap // 1024)


def policy(request: Request) -> str | None:
    """'dedicated', 'mixed', 'shared' or None."""
    return request.setting("hw:cpu_policy", "hw_cpu_policy")


def processors(request: Request) -> dict[str, int]:
    cpus, wanted = request.flavor.vcpus, policy(request)
    if wanted not in ("dedicated", "mixed"):
        return {"VCPU": cpus}
    mixed = pinned_of_mixed(request.extra_specs, request.properties, cpus)
    pinned = cpus if wanted == "dedicated" else len(mixed)
    shared = cpus - pinned
    if request.extra_specs.get("hw:emulator_threads_policy") == "isolate":
        pinned += 1
    return {"VCPU": shared, "PCPU": pinned}


def persistent_memory(request: Request) -> dict[str, int]:
    labels = (label.strip() for label in request.extra_specs.get("hw:pmem", "").split(","))
    counts = Counter(label.upper() for label in labels if label)
    return {f"CUSTOM_PMEM_NAMESPACE_{label}": count for label, count in counts.items()}
