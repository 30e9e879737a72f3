"""Making fake guests, in the same stages as real ones."""

import dataclasses
from collections.abc import Mapping, Sequence

from nova.errors import NovaError
from nova.virt.contract.errors import CannotSpawn, GuestExists
from nova.virt.contract.events import Transition
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import GuestInfo, OnProgress, WaitForPlug, unwatched
from nova.virt.contract.states import PowerState
from nova.virt.fake.addresses import FakeAddresses
from nova.virt.fake.guest import of_spec
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.images import FakeImages
from nova.virt.fake.mdevs import FakeMdevs


class FakeSpawn:
    def __init__(self, hypervisor: FakeHypervisor, images: FakeImages) -> None:
        self._hypervisor = hypervisor
        self._images = images

    def spawn(
        self,
        guest: GuestSpec,
        *,
        on_progress: OnProgress = unwatched,
        wait_for_plug: WaitForPlug | None = None,
    ) -> Mapping[str, str]:
        self._hypervisor.faults.strike("spawn", guest.uuid)
        known = self._hypervisor.find(guest.uuid)
        if known is not None and known.defined:
            raise GuestExists(uuid=guest.uuid)
        try:
            self._build(guest, on_progress, wait_for_plug)
        except NovaError:
            self.destroy(guest.uuid)
            raise
        except Exception as error:
            self.destroy(guest.uuid)
            raise CannotSpawn(uuid=guest.uuid, reason=str(error)) from error
        return {"image_hw_machine_type": "fake"}

    def destroy(self, uuid: str, *, destroy_disks: bool = True) -> None:
        self._hypervisor.faults.strike("destroy", uuid)
        self._hypervisor.doomed.discard(uuid)
        guest = self._hypervisor.find(uuid)
        if guest is None:
            return
        if guest.defined and guest.state in (PowerState.RUNNING, PowerState.PAUSED):
            self._hypervisor.change(uuid, Transition.STOPPED, state=PowerState.SHUTDOWN)
        if destroy_disks:
            self._hypervisor.drop(uuid)
            self._hypervisor.half_pictures.discard(uuid)
        else:
            self._hypervisor.put(
                dataclasses.replace(guest, defined=False, state=PowerState.SHUTDOWN)
            )

    def list_guests(self) -> Sequence[GuestInfo]:
        self._hypervisor.faults.strike("list_guests")
        return [
            GuestInfo(guest.uuid, guest.name, guest.state)
            for guest in self._hypervisor.all()
            if guest.defined
        ]

    def guest_state(self, uuid: str) -> PowerState:
        self._hypervisor.faults.strike("guest_state", uuid)
        return self._hypervisor.defined(uuid).state

    def _build(
        self, spec: GuestSpec, on_progress: OnProgress, wait_for_plug: WaitForPlug | None
    ) -> None:
        guest = of_spec(spec, self._hypervisor.nodes[0])

        def stage(name: str) -> None:
            on_progress(name)
            self._hypervisor.faults.strike(f"spawn.{name}", spec.uuid)

        stage("image")
        if spec.root.image is not None:
            self._images.take(spec.uuid, spec.root, spec.trust)
        stage("disks")
        self._hypervisor.put(guest)
        stage("define")
        self._hypervisor.put(dataclasses.replace(guest, defined=True))
        if spec.config_drive is not None and spec.config_drive.placed is not None:
            spec.config_drive.placed(FakeAddresses(self._hypervisor).of(spec.uuid))
        stage("plug")
        FakeMdevs(self._hypervisor).ensure(spec.uuid, spec.mdevs)
        if wait_for_plug is not None:
            frozen = dataclasses.replace(guest, defined=True, state=PowerState.PAUSED)
            self._hypervisor.put(frozen, Transition.STARTED)
            wait_for_plug()
        stage("run")
        transition = Transition.STARTED if wait_for_plug is None else Transition.RESUMED
        self._hypervisor.put(guest.booted(), transition)
