"""Devices of the fake host that others are cut from, and those that are cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from nova.virt.contract.errors import HypervisorError
from nova.virt.contract.mdev import ClaimedMdev, Mdev, MdevParent
from nova.virt.fake.hypervisor import FakeHypervisor, Gpu
from nova.virt.mdev.offers import Found, MdevOffer, parents_of


@dataclass(frozen=True)
class FakeMdevs:
    hypervisor: FakeHypervisor

    def parents(self, offers: Sequence[MdevOffer]) -> tuple[MdevParent, ...]:
        return parents_of(offers, [self._found(gpu) for gpu in self.hypervisor.size.gpus])

    def ensure(self, guest: str, mdevs: Sequence[ClaimedMdev]) -> None:
        """They are there, and no other guest that runs has them.  Raises HypervisorError."""
        for mdev in mdevs:
            self._refuse_shared(guest, mdev)
            self._ensure(mdev)

    def _refuse_shared(self, guest: str, mdev: ClaimedMdev) -> None:
        for other in self.hypervisor.all():
            if other.uuid != guest and other.running and mdev.uuid in other.mdevs:
                raise HypervisorError(
                    verb="start", reason=f"mediated device {mdev.uuid} is in use by {other.name}"
                )

    def _ensure(self, mdev: ClaimedMdev) -> None:
        made = self.hypervisor.mdevs.get(mdev.uuid)
        if made is None:
            gpu = next((one for one in self.hypervisor.size.gpus if one.name == mdev.parent), None)
            if gpu is None or self._found(gpu).free.get(mdev.type, 0) < 1:
                raise HypervisorError(
                    verb="make a mediated device", reason=f"{mdev.parent} has no {mdev.type} left"
                )
            self.hypervisor.mdevs[mdev.uuid] = (mdev.parent, mdev.type)
        elif made != (mdev.parent, mdev.type):
            raise HypervisorError(
                verb="make a mediated device", reason=f"{mdev.uuid} is another device"
            )

    def _found(self, gpu: Gpu) -> Found:
        """What was cut in one way leaves nothing to be cut in another."""
        holders = {uuid: guest.uuid for guest in self.hypervisor.all() for uuid in guest.mdevs}
        cut: dict[str, list[Mdev]] = {}
        for uuid, (parent, kind) in self.hypervisor.mdevs.items():
            if parent == gpu.name:
                cut.setdefault(kind, []).append(Mdev(uuid, holders.get(uuid)))
        free = {kind: count - len(cut.get(kind, ())) if set(cut) <= {kind} else 0
                for kind, count in gpu.types}
        devices = {kind: tuple(some) for kind, some in cut.items()}
        return Found(gpu.name, gpu.address, free, devices)
