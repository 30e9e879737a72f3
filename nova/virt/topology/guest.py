"""The memory nodes of a guest, as flavor and image ask for them."""

import re
from collections.abc import Mapping
from typing import Any

from nova.virt.contract.numa import ANY, LARGE, SMALL, GuestCell, GuestNuma
from nova.virt.topology import cpu_sets, errors
from nova.virt.topology.pinning import Pinning, pinning_of

Specs = Mapping[str, str]
Properties = Mapping[str, Any]

_NAMED = {"small": SMALL, "large": LARGE, "any": ANY}
_SIZE = re.compile(r"^(\d+)\s*([kmgt]?)i?(b|bit)?$", re.IGNORECASE)
_KIB = {"": 1, "k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}


def guest_numa(
    specs: Specs, properties: Properties, vcpus: int, memory_mb: int
) -> GuestNuma | None:
    """None for a guest that does not care.  Raises what nova.virt.topology.errors has."""
    pinning = pinning_of(specs, properties, vcpus)
    page = page_size(specs, properties)
    refuse_locked_memory(specs, properties, page)
    nodes = _nodes(specs, properties)
    if nodes is None and page is None and not pinning.pinned and "hw:pmem" not in specs:
        return None
    cells = _cells(specs, properties, nodes or 1, vcpus, memory_mb)
    return GuestNuma(
        cells=tuple(_cell(cpus, memory, pinning, page) for cpus, memory in cells),
        policy=pinning.policy,
        threads=pinning.threads,
        emulator=pinning.emulator,
    )


def page_size(specs: Specs, properties: Properties) -> int | None:
    """An image may choose only where the flavor leaves room to."""
    flavor, image = specs.get("hw:mem_page_size"), properties.get("hw_mem_page_size")
    asked = None if flavor is None else size_kib(flavor)
    if image is None:
        return asked
    if asked not in (LARGE, ANY):
        raise errors.PageSizeForbidden(size=image, against=flavor or "<None>")
    wanted = size_kib(str(image))
    if asked == LARGE and wanted in (SMALL, ANY):
        raise errors.PageSizeForbidden(size=image, against=flavor or "<None>")
    return wanted


def size_kib(text: str) -> int:
    """KiB, or SMALL, LARGE, ANY.  Raises BadPageSize."""
    word = text.strip().lower()
    if word in _NAMED:
        return _NAMED[word]
    match = _SIZE.match(word)
    size = int(match.group(1)) * _KIB[match.group(2)] if match else 0
    if not size:
        raise errors.BadPageSize(size=text)
    return size


def refuse_locked_memory(specs: Specs, properties: Properties, page: int | None) -> None:
    flavor = flag(specs.get("hw:locked_memory"))
    image = flag(properties.get("hw_locked_memory"))
    if flavor is not None and image is not None and flavor != image:
        raise errors.Conflicting(name="hw:locked_memory", flavor=flavor, image=image)
    if (flavor or image) and page is None:
        raise errors.LockedMemoryForbidden()


def flag(value: Any) -> bool | None:
    """None stays None."""
    if value is None:
        return None
    return str(value).strip().lower() in {"1", "t", "true", "on", "y", "yes"}


def _cell(cpus: frozenset[int], memory: int, pinning: Pinning, page: int | None) -> GuestCell:
    return GuestCell(cpus - pinning.pinned, cpus & pinning.pinned, memory, page)


def _nodes(specs: Specs, properties: Properties) -> int | None:
    flavor, image = specs.get("hw:numa_nodes"), properties.get("hw_numa_nodes")
    if flavor is not None and image is not None:
        raise errors.ImageNumaForbidden(name="hw_numa_nodes")
    written = flavor if flavor is not None else image
    if written is None:
        return None
    try:
        nodes = int(written)
    except ValueError:
        nodes = 0
    if nodes < 1:
        raise errors.BadNodeCount(nodes=written)
    return nodes


def _cells(
    specs: Specs, properties: Properties, nodes: int, vcpus: int, memory_mb: int
) -> list[tuple[frozenset[int], int]]:
    """As written for every node, or even shares."""
    cpus = [_written(specs, properties, "cpus", node) for node in range(nodes)]
    memory = [_written(specs, properties, "mem", node) for node in range(nodes)]
    _refuse_excess(specs, properties, nodes)
    said = [*cpus, *memory]
    if all(value is None for value in said):
        return _even(nodes, vcpus, memory_mb)
    if any(value is None for value in said):
        raise errors.NumaIncomplete()
    given = [(cpu_sets.parse(str(c)), _megabytes(m)) for c, m in zip(cpus, memory, strict=True)]
    _check(given, vcpus, memory_mb)
    return given


def _written(specs: Specs, properties: Properties, kind: str, node: int) -> Any:
    name = f"hw_numa_{kind}.{node}"
    flavor, image = specs.get(f"hw:numa_{kind}.{node}"), properties.get(name)
    if flavor is not None and image is not None:
        raise errors.ImageNumaForbidden(name=name)
    return flavor if flavor is not None else image


def _refuse_excess(specs: Specs, properties: Properties, nodes: int) -> None:
    """Settings of a node that is not there."""
    for kind in ("cpus", "mem"):
        if f"hw:numa_{kind}.{nodes}" in specs or f"hw_numa_{kind}.{nodes}" in properties:
            raise errors.NumaIncomplete()


def _megabytes(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise errors.NumaIncomplete() from None


def _even(nodes: int, vcpus: int, memory_mb: int) -> list[tuple[frozenset[int], int]]:
    if vcpus % nodes or memory_mb % nodes:
        raise errors.NumaAsymmetric()
    share = vcpus // nodes
    return [
        (frozenset(range(node * share, (node + 1) * share)), memory_mb // nodes)
        for node in range(nodes)
    ]


def _check(given: list[tuple[frozenset[int], int]], vcpus: int, memory_mb: int) -> None:
    seen: set[int] = set()
    for cpus, _ in given:
        for cpu in sorted(cpus):
            if cpu >= vcpus:
                raise errors.CpuOutOfRange(cpu=cpu, most=vcpus - 1)
            if cpu in seen:
                raise errors.CpuTwice(cpu=cpu)
            seen.add(cpu)
    missing = set(range(vcpus)) - seen
    if missing:
        raise errors.CpusUnassigned(cpus=cpu_sets.written(missing))
    total = sum(memory for _, memory in given)
    if total != memory_mb:
        raise errors.MemoryOutOfRange(given=total, expected=memory_mb)
