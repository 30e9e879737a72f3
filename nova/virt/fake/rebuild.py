"""Fake guests with new disks."""

import dataclasses
from collections.abc import Mapping

from nova.virt.contract.errors import CannotSpawn
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import OnProgress, unwatched
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.images import FakeImages
from nova.virt.fake.spawn import FakeSpawn


class FakeRebuild:
    def __init__(
        self, hypervisor: FakeHypervisor, spawn: FakeSpawn, images: FakeImages
    ) -> None:
        self._hypervisor = hypervisor
        self._spawn = spawn
        self._images = images

    def rebuild(
        self,
        guest: GuestSpec,
        *,
        preserve_ephemeral: bool = False,
        on_progress: OnProgress = unwatched,
    ) -> Mapping[str, str]:
        self._hypervisor.faults.strike("rebuild", guest.uuid)
        on_progress("image")
        if guest.root.image is not None:
            self._images.take(guest.uuid, guest.root, guest.trust)
        known = self._hypervisor.find(guest.uuid)
        self._destroy(guest.uuid, on_progress)

        def rest(stage: str) -> None:
            if stage != "image":
                on_progress(stage)

        saved = self._spawn.spawn(guest, on_progress=rest)
        if preserve_ephemeral and known is not None:
            renewed = self._hypervisor.defined(guest.uuid)
            self._hypervisor.put(dataclasses.replace(renewed, ephemeral=known.ephemeral))
        return saved

    def _destroy(self, uuid: str, on_progress: OnProgress) -> None:
        try:
            on_progress("destroy")
        except Exception as error:
            raise CannotSpawn(uuid=uuid, reason=str(error)) from error
        finally:
            self._spawn.destroy(uuid)
