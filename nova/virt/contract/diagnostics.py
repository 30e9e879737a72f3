"""What a guest has used since it was started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class CpuUse:
    """`time` in nanoseconds, `utilisation` in percent."""

    id: int
    time: int | None = None
    utilisation: int | None = None


@dataclass(frozen=True)
class DiskUse:
    read_bytes: int | None = None
    read_requests: int | None = None
    write_bytes: int | None = None
    write_requests: int | None = None
    errors_count: int | None = None


@dataclass(frozen=True)
class NicUse:
    """Seen from the host's side: what it receives is what the guest sent."""

    mac_address: str | None = None
    rx_octets: int | None = None
    rx_errors: int | None = None
    rx_drop: int | None = None
    rx_packets: int | None = None
    rx_rate: int | None = None
    tx_octets: int | None = None
    tx_errors: int | None = None
    tx_drop: int | None = None
    tx_packets: int | None = None
    tx_rate: int | None = None


@dataclass(frozen=True)
class GuestUse:
    """`driver` is a word of the contract, memory is in MiB."""

    driver: str
    hypervisor: str | None = None
    hypervisor_os: str | None = None
    memory_maximum: int | None = None
    memory_used: int | None = None
    cpus: Sequence[CpuUse] = ()
    disks: Sequence[DiskUse] = ()
    nics: Sequence[NicUse] = ()


class Diagnostics(Protocol):
    """Raises GuestNotFound, WrongPowerState for a guest that does not run."""

    def use(self, uuid: str) -> GuestUse: ...

    def counters(self, uuid: str) -> Mapping[str, int]:
        """The same in the hypervisor's own words, device by device."""
