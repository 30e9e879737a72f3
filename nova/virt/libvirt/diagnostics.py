"""What guests have used, as the hypervisor counts it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import libvirt

from nova.virt.contract.diagnostics import CpuUse, DiskUse, GuestUse, NicUse
from nova.virt.contract.errors import WrongPowerState
from nova.virt.contract.states import NAMES, PowerState
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.xml.devices import Devices

KIB_PER_MIB = 1024
# The library's orders of numbers.
DISK_WORDS = ("read_req", "read", "write_req", "write", "errors")
NIC_WORDS = ("rx", "rx_packets", "rx_errors", "rx_drop", "tx", "tx_packets", "tx_errors", "tx_drop")
LISTED = ("rx", "rx_drop", "rx_errors", "rx_packets", "tx", "tx_drop", "tx_errors", "tx_packets")


class LibvirtDiagnostics:
    """`kind` is the hypervisor's: kvm or qemu."""

    def __init__(self, domains: Domains, kind: str) -> None:
        self._domains = domains
        self._kind = kind

    def use(self, uuid: str) -> GuestUse:
        devices = self._devices(uuid)
        return self._domains.ask("read the use", uuid, lambda domain: GuestUse(
            driver="libvirt",
            hypervisor=self._kind,
            hypervisor_os="linux",
            memory_maximum=domain.maxMemory() // KIB_PER_MIB,
            memory_used=domain.info()[2] // KIB_PER_MIB,
            cpus=[CpuUse(number, time) for number, time in _cpus(domain)],
            disks=[_disk(numbers) for _, numbers in _disks(domain, devices)],
            nics=[_nic(mac, numbers) for _, mac, numbers in _nics(domain, devices)],
        ))

    def counters(self, uuid: str) -> Mapping[str, int]:
        devices = self._devices(uuid)

        def work(domain: libvirt.virDomain) -> dict[str, int]:
            found = {f"cpu{number}_time": time for number, time in _cpus(domain)}
            for name, numbers in _disks(domain, devices):
                found |= {f"{name}_{word}": number
                          for word, number in zip(DISK_WORDS, numbers, strict=True)}
            found["memory"] = domain.maxMemory()
            memory = _or_nothing(domain.memoryStats, {})
            found |= {f"memory-{name}": amount for name, amount in memory.items()}
            for name, _, counted in _nics(domain, devices):
                found |= {f"{name}_{word}": counted[word] for word in LISTED}
            return found

        return self._domains.ask("read the use", uuid, work)

    def _devices(self, uuid: str) -> Devices:
        state = self._domains.state(uuid)
        if state is not PowerState.RUNNING:
            raise WrongPowerState(uuid=uuid, verb="be looked into", state=NAMES[state])
        return self._domains.definition(uuid).devices or Devices()


def _cpus(domain: libvirt.virDomain) -> Iterator[tuple[int, int]]:
    for number, _state, time, _cpu in _or_nothing(domain.vcpus, ([],))[0]:
        yield number, time


def _disks(domain: libvirt.virDomain, devices: Devices) -> Iterator[tuple[str, tuple[int, ...]]]:
    for disk in devices.disks:
        name = disk.target or ""
        numbers = _or_nothing(lambda name=name: domain.blockStats(name), None)  # type: ignore[misc]
        if numbers is not None:
            yield name, numbers


def _nics(
    domain: libvirt.virDomain, devices: Devices
) -> Iterator[tuple[str, str | None, dict[str, int]]]:
    for nic in devices.interfaces:
        name = nic.target or ""
        numbers = _or_nothing(
            lambda name=name: domain.interfaceStats(name), None  # type: ignore[misc]
        )
        if numbers is not None:
            yield name, nic.mac, dict(zip(NIC_WORDS, numbers, strict=True))


def _disk(numbers: tuple[int, ...]) -> DiskUse:
    requests, read, writes, written, errors = numbers
    return DiskUse(read, requests, written, writes, errors)


def _nic(mac: str | None, counted: Mapping[str, int]) -> NicUse:
    way = {f"{w}_octets": counted[w] for w in ("rx", "tx")}
    rest = {word: counted[word] for word in NIC_WORDS if "_" in word}
    return NicUse(mac_address=mac, **way, **rest)


def _or_nothing(ask: Callable[[], Any], nothing: Any) -> Any:
    """Some devices, and some machines, count nothing."""
    try:
        return ask()
    except libvirt.libvirtError:
        return nothing
