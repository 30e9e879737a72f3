"""The guest's processors: model, shape and share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.memory import shares_memory
from nova.virt.libvirt.compose.numa import cells
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.cpu_traits import flags_of_traits
from nova.virt.libvirt.xml.machine import Cpu, Feature

UNBOUNDED = 65536
PARTS = ("sockets", "cores", "threads")
ADDRESS_MODES = frozenset({"passthrough", "emulate"})
VERSION_OF_ADDRESS_BITS = (8_007_000, 2_007_000)


@dataclass(frozen=True)
class Topology:
    sockets: int
    cores: int
    threads: int

    @property
    def vcpus(self) -> int:
        return self.sockets * self.cores * self.threads


def cpu(guest: GuestSpec, site: Site) -> Cpu:
    shape = topology(guest)
    mode = _mode(guest, site)
    plain = Cpu(
        sockets=shape.sockets, cores=shape.cores, threads=shape.threads,
        cells=cells(guest, shared=shares_memory(guest, site)), **_address_bits(guest, site),
    )
    if mode is None:
        return plain
    features = tuple(_extra_flags(site)) if mode != "maximum" else ()
    if mode == "custom":
        model = _custom_model(guest, site)
        return replace(plain, mode=mode, match="exact", model=model, features=features)
    check = "none" if mode == "host-passthrough" else None
    return replace(plain, mode=mode, check=check, features=features)


def topology(guest: GuestSpec) -> Topology:
    """The one of all possible shapes that has most of what is wished; among equals
    the one with fewest threads, then most sockets.  A guest with threads of the host's
    cores has threads, too.  Raises BadGuest if none is within the bounds, or if the image
    wishes more than the flavor allows."""
    wishes = Wishes.of(guest)
    bounds = {part: _bound(wishes, part) for part in PARTS}
    wished = {part: _wished(wishes, part, bounds[part]) for part in PARTS}
    possible = [
        shape
        for shape in _shapes(guest.vcpus)
        if all(getattr(shape, part) <= bounds[part] for part in PARTS)
    ]
    if not possible:
        raise wishes.refusal(f"{guest.vcpus} vCPUs do not fit within {bounds}")

    possible = _threaded(possible, guest, wished["threads"])

    def rank(shape: Topology) -> tuple[int, int, int]:
        met = sum(getattr(shape, part) == wished[part] for part in PARTS)
        return -met, shape.threads, -shape.sockets

    return min(possible, key=rank)


def _threaded(
    possible: list[Topology], guest: GuestSpec, wished: int | None
) -> list[Topology]:
    """Those with as many threads as the processors that the guest was given have, or
    nearly."""
    threads = guest.numa.core_threads if guest.numa is not None else 1
    if threads < 2:
        return possible
    limit = min(threads, wished or threads)
    best = max((one.threads for one in possible if one.threads <= limit), default=None)
    return [one for one in possible if best in (None, one.threads)]


def _address_bits(guest: GuestSpec, site: Site) -> dict[str, Any]:
    """How many bits the guest's physical addresses have."""
    wishes = Wishes.of(guest)
    mode = wishes.text("maxphysaddr_mode")
    if mode is None:
        return {}
    wishes.choice("hw:maxphysaddr_mode", mode, ADDRESS_MODES)
    if not site.at_least(*VERSION_OF_ADDRESS_BITS):
        raise UnsupportedGuest(what="hw:maxphysaddr_mode", value=mode)
    bits = wishes.text("maxphysaddr_bits") if mode == "emulate" else None
    return {"maxphysaddr_mode": mode, "maxphysaddr_bits": int(bits) if bits else None}


def _shapes(vcpus: int) -> Iterator[Topology]:
    divisors = [n for n in range(1, vcpus + 1) if vcpus % n == 0]
    for sockets in divisors:
        for cores in divisors:
            if (vcpus // sockets) % cores == 0:
                yield Topology(sockets, cores, vcpus // sockets // cores)


def _bound(wishes: Wishes, part: str) -> int:
    flavor = wishes.number(f"hw:cpu_max_{part}")
    image = wishes.number(f"hw_cpu_max_{part}")
    if flavor and image and image > flavor:
        raise wishes.refusal(f"hw_cpu_max_{part}={image} is above what the flavor allows")
    return image or flavor or UNBOUNDED


def _wished(wishes: Wishes, part: str, bound: int) -> int | None:
    flavor = wishes.number(f"hw:cpu_{part}")
    image = wishes.number(f"hw_cpu_{part}")
    if flavor is None and image is not None and image > bound:
        raise wishes.refusal(f"hw_cpu_{part}={image} is above what is allowed")
    return flavor or image


def _mode(guest: GuestSpec, site: Site) -> str | None:
    configured = site.conf.libvirt.cpu_mode
    if site.arch_of(guest) != site.arch:
        return None
    if configured is None:
        passthrough = site.arch == "aarch64" and site.virt_type_of(guest) == "kvm"
        configured = "host-passthrough" if passthrough else "host-model"
    return None if configured == "none" else str(configured)


def _custom_model(guest: GuestSpec, site: Site) -> str:
    """The first configured model that offers what the flavor requires."""
    models = site.conf.libvirt.cpu_models
    required = {
        key.partition(":")[2]
        for key, value in guest.flavor.extra_specs.items()
        if key.startswith("trait:HW_CPU_X86_") and value == "required"
    }
    wanted = flags_of_traits(required)
    fitting = (m for m in models if wanted <= site.flags_of_models.get(m, frozenset()))
    return next(fitting, models[0]) if wanted else models[0]


def _extra_flags(site: Site) -> Iterator[Feature]:
    for flag in site.conf.libvirt.cpu_model_extra_flags:
        policy = "disable" if flag.startswith("-") else "require"
        yield Feature(policy=policy, name=flag.lstrip("+-").lower())
