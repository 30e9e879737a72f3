"""The fake hypervisor itself: guests in memory, that outlive any driver speaking to it."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from nova.core.clock import Clock
from nova.virt.contract.errors import GuestNotFound, WrongPowerState
from nova.virt.contract.events import Transition
from nova.virt.contract.numa import HostCell
from nova.virt.contract.parts import HostPart
from nova.virt.contract.pci import PciDevice
from nova.virt.contract.states import NAMES, PowerState
from nova.virt.fake.bell import Bell
from nova.virt.fake.faults import Faults
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.host_cpu import FakeHostCpu
from nova.virt.fake.journal import Journal

WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Gpu:
    """A device that can be cut: into so many of a type, of one type at a time."""

    address: str
    types: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        return f"pci_{self.address.replace(':', '_').replace('.', '_')}"


@dataclass(frozen=True)
class Size:
    """What each node has: CPUs, MiB of memory, GiB of storage."""

    vcpus: int = 1000
    memory_mb: int = 800000
    disk_gb: int = 600000
    traits: frozenset[str] = field(default_factory=frozenset)
    cells: tuple[HostCell, ...] = ()
    pci_devices: tuple[PciDevice, ...] = ()
    parts: tuple[HostPart, ...] = ()
    gpus: tuple[Gpu, ...] = ()


class FakeHypervisor:
    """One host (of one or more nodes).  Thread-safe.

    Keep it while drivers come and go to play a compute process that restarts; or
    give it a journal to let it be opened again by another process.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        nodes: tuple[str, ...] = ("fake-mini",),
        size: Size | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.clock = clock
        self.nodes = nodes
        self.size = size or Size()
        self.faults = Faults(clock)
        self.bell = Bell(clock)
        self.cpu = FakeHostCpu(clock)
        self.image_cache: dict[str, int] = {}
        self.locked_images: set[str] = set()
        """Those of them that are encrypted."""
        self.passwords: dict[str, tuple[str, str]] = {}
        """(user, password) last given by each guest's agent."""
        self.rested: list[str] = []
        """Ids of guests that were brought to rest for a picture, each time."""
        self.mdevs: dict[str, tuple[str, str]] = {}
        """(parent, type) of what was cut from devices; a host that starts anew has none."""
        self.publishes = False
        """Whether its storage is that of the image service too."""
        self.published: set[str] = set()
        """Images whose bytes are there."""
        self.doomed: set[str] = set()
        """Guests that are about to be destroyed."""
        self.half_pictures: set[str] = set()
        """Guests of which pictures are being taken, or were by a process that died."""
        self.litter: set[str] = set()
        """Guests that are gone, and whose files are not."""
        self.loose: set[str] = set()
        """Devices of interfaces that lost what they were plugged into."""
        self._journal = journal or Journal()
        self._lock = clock.lock()
        self._guests = self._journal.open()

    def all(self) -> list[FakeGuest]:
        """Also those of which only disks are left."""
        return list(self._guests.values())

    def find(self, uuid: str) -> FakeGuest | None:
        return self._guests.get(uuid)

    def defined(self, uuid: str) -> FakeGuest:
        guest = self._guests.get(uuid)
        if guest is None or not guest.defined:
            raise GuestNotFound(uuid=uuid)
        return guest

    def put(self, guest: FakeGuest, transition: Transition | None = None) -> None:
        """The guest is now so, and (if named) that is what happened to it."""
        with self._lock:
            self._guests[guest.uuid] = guest
            self._journal.write(guest.uuid, guest)
        if transition is not None:
            self.bell.ring(guest.uuid, transition)

    def drop(self, uuid: str) -> None:
        with self._lock:
            if self._guests.pop(uuid, None) is not None:
                self._journal.write(uuid, None)

    def change(self, uuid: str, transition: Transition, **changes: Any) -> None:
        """Like `put`, by what is different.  Also for tests: a guest that is stopped,
        started or crashes behind everybody's back."""
        self.put(dataclasses.replace(self.defined(uuid), **changes), transition)

    def crash(self, uuid: str) -> None:
        """The guest dies by itself."""
        self.change(uuid, Transition.CRASHED, state=PowerState.CRASHED)

    def demand(self, uuid: str, verb: str, *states: PowerState) -> FakeGuest:
        """The guest, if it is in one of the states."""
        guest = self.defined(uuid)
        if guest.state not in states:
            raise WrongPowerState(uuid=uuid, verb=verb, state=NAMES[guest.state])
        return guest

    def wait_for(self, uuid: str, seconds: float) -> None:
        """A guest that does not what it is asked for; unless it is to be destroyed."""
        end = self.clock.monotonic() + seconds
        while uuid not in self.doomed and (left := end - self.clock.monotonic()) > 0:
            self.clock.sleep(min(left, WATCH_SECONDS))

    def close(self) -> None:
        """Let go of the journal, so that another can open it."""
        self._journal.close()
