"""Fake guests that start from another disk."""

import dataclasses

from nova.virt.contract.devices import RootDisk
from nova.virt.contract.errors import GuestNotFound
from nova.virt.contract.events import Transition
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.rescue import RescueDisk
from nova.virt.contract.states import PowerState
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.images import FakeImages
from nova.virt.fake.locks import require_keys
from nova.virt.fake.mdevs import FakeMdevs


class FakeRescue:
    def __init__(self, hypervisor: FakeHypervisor, images: FakeImages) -> None:
        self._hypervisor = hypervisor
        self._images = images

    def rescue(self, guest: GuestSpec, disk: RescueDisk) -> None:
        disk.check()
        known = self._enter("rescue", guest.uuid)
        image = disk.image or guest.root.image
        if image is not None:
            root = RootDisk(image, encryption=guest.root.encryption)
            self._images.take(guest.uuid, root, guest.trust)
        require_keys(known.locks, guest)
        self._stop(known)
        self._hypervisor.faults.strike("rescue.run", guest.uuid)
        FakeMdevs(self._hypervisor).ensure(guest.uuid, guest.mdevs)
        rescued = dataclasses.replace(known, rescue_image=image.image_id if image else "own")
        self._hypervisor.put(rescued.booted(), Transition.STARTED)

    def unrescue(self, guest: GuestSpec, *, start: bool = True) -> None:
        known = self._enter("unrescue", guest.uuid)
        if known.rescue_image is not None:
            self._stop(known)
            known = dataclasses.replace(known, rescue_image=None, state=PowerState.SHUTDOWN)
            self._hypervisor.put(known)
        if start and known.state is not PowerState.RUNNING:
            require_keys(known.locks, guest)
            FakeMdevs(self._hypervisor).ensure(guest.uuid, guest.mdevs)
            self._hypervisor.put(known.booted(), Transition.STARTED)

    def _enter(self, verb: str, uuid: str) -> FakeGuest:
        self._hypervisor.faults.strike(verb, uuid)
        guest = self._hypervisor.find(uuid)
        if guest is None:
            raise GuestNotFound(uuid=uuid)
        return guest

    def _stop(self, guest: FakeGuest) -> None:
        if guest.defined and guest.state in (PowerState.RUNNING, PowerState.PAUSED):
            self._hypervisor.change(guest.uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)
