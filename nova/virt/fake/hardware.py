"""Memory nodes and PCI devices that the fake host pretends to have."""

import dataclasses
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from nova.virt.contract.encryption import parts_of
from nova.virt.contract.numa import HostCell, HostPages
from nova.virt.contract.pci import PLAIN, VIRTUAL, PciDevice
from nova.virt.fake.hypervisor import Gpu, Size

PAGE_KB = 4


def with_hardware(size: Size, wish: cfg.ConfigOpts.GroupAttr) -> Size:
    """The same size with what the options [fake] wish."""
    pages = tuple(_pages(entry) for entry in wish.huge_pages)
    cells = cells_of(size, wish.numa_cells, wish.cpu_threads, pages)
    devices = tuple(_devices(wish.pci_devices, wish.numa_cells))
    encrypted = {way: int(count) for way, _, count in
                 (entry.partition(":") for entry in wish.memory_encryption)}
    return dataclasses.replace(
        size, cells=cells, pci_devices=devices, parts=parts_of(encrypted),
        gpus=tuple(gpus_of(wish.gpus)),
    )


def cells_of(
    size: Size, count: int, threads: int = 1, huge: tuple[HostPages, ...] = ()
) -> tuple[HostCell, ...]:
    """CPUs and memory in even shares; the pages of `huge` are part of each share."""
    if not count:
        return ()
    cpus, memory = size.vcpus // count, size.memory_mb // count
    small = memory * 1024 - sum(page.size_kb * page.total for page in huge)
    pages = (HostPages(PAGE_KB, max(small, 0) // PAGE_KB), *huge)
    return tuple(
        HostCell(
            id=number,
            cpus=frozenset(range(number * cpus, (number + 1) * cpus)),
            memory_mb=memory,
            pages=pages,
            cores=tuple(
                frozenset(range(first, min(first + threads, (number + 1) * cpus)))
                for first in range(number * cpus, (number + 1) * cpus, threads)
            ),
            socket=number,
        )
        for number in range(count)
    )


def gpus_of(entries: Sequence[str]) -> Iterator[Gpu]:
    """Entries as TYPE:COUNT:TYPE:COUNT."""
    for number, entry in enumerate(entries, start=1):
        words = entry.split(":")
        pairs = zip(words[::2], words[1::2], strict=True)
        yield Gpu(f"0000:{number:02x}:00.0", tuple((kind, int(count)) for kind, count in pairs))


def _pages(entry: str) -> HostPages:
    size, _, count = entry.partition(":")
    return HostPages(int(size), int(count))


def _devices(entries: list[str], cells: int) -> Iterator[PciDevice]:
    for kind, entry in enumerate(entries, start=1):
        vendor, product, count, *type_of = entry.split(":")
        for number in range(int(count)):
            yield PciDevice(
                address=f"0000:{0x80 + kind:02x}:{number + 1:02x}.1",
                vendor_id=vendor,
                product_id=product,
                kind=type_of[0] if type_of else PLAIN,
                numa_node=number % cells if cells else None,
                parent=(f"0000:{0x80 + kind:02x}:{number + 1:02x}.0"
                        if type_of == [VIRTUAL] else None),
                label=f"label_{vendor}_{product}",
            )
