"""Pictures of fake guests' disks: what stands in their records."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from nova.virt.contract.errors import HypervisorError, MadeWay, QuiesceFailed
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.snapshot import (
    OnExtract,
    Picture,
    Quiesce,
    SnapshotWish,
    Wanted,
    unwanted,
    unwatched,
)
from nova.virt.contract.states import PowerState
from nova.virt.fake.guest import FakeGuest
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.locks import ROOT, locked, require_keys

CHUNK_BYTES = 16


class FakeSnapshots:
    """`slots` bounds how many are taken at once."""

    def __init__(self, hypervisor: FakeHypervisor, slots: AbstractContextManager[Any]) -> None:
        self._hypervisor = hypervisor
        self._slots = slots

    @contextmanager
    def take(
        self,
        guest: GuestSpec,
        wish: SnapshotWish,
        *,
        on_extract: OnExtract = unwatched,
        wanted: Wanted = unwanted,
    ) -> Iterator[Picture]:
        with self._slots, self._begun(guest.uuid):
            on_extract()
            self._hypervisor.faults.strike("take", guest.uuid)
            known = self._hypervisor.defined(guest.uuid)
            self._quiesce(known, wish.quiesce)
            if wanted():
                raise MadeWay(uuid=guest.uuid)
            content = known.root.encode()
            if any(one.startswith(f"{ROOT} ") for one in known.locks):
                content = self._locked(guest, known, content, wish)
                yield Picture("qcow2", len(content), lambda: _pieces(content))
                return
            if wish.image_id is None or not self._hypervisor.publishes:
                yield Picture("raw", len(content), lambda: _pieces(content))
                return
            with self._published(wish.image_id):
                yield Picture("raw", 0, lambda: iter(()), f"fake://{wish.image_id}")

    def forget(self, uuid: str, image_id: str | None = None) -> None:
        self._hypervisor.faults.strike("forget", uuid)
        self._hypervisor.published.discard(image_id or "")
        self._hypervisor.half_pictures.discard(uuid)

    def left(self) -> Sequence[str]:
        return sorted(self._hypervisor.half_pictures)

    @contextmanager
    def _begun(self, uuid: str) -> Iterator[None]:
        """A process that is killed leaves it."""
        self._hypervisor.half_pictures.add(uuid)
        try:
            yield
        except Exception:
            self._hypervisor.half_pictures.discard(uuid)
            raise
        self._hypervisor.half_pictures.discard(uuid)

    def _locked(
        self, guest: GuestSpec, known: FakeGuest, content: bytes, wish: SnapshotWish
    ) -> bytes:
        """Who sleeps is read by others, who have to know how."""
        if known.state not in (PowerState.RUNNING, PowerState.PAUSED):
            require_keys(known.locks, guest)
        if wish.encryption is None:
            reason = "nothing is said of how the picture is encrypted"
            raise HypervisorError(verb="copy an encrypted disk", reason=reason)
        return locked(content, wish.encryption)

    @contextmanager
    def _published(self, image_id: str) -> Iterator[None]:
        self._hypervisor.published.add(image_id)
        try:
            yield
        except Exception:
            self._hypervisor.published.discard(image_id)
            raise

    def _quiesce(self, guest: FakeGuest, wish: Quiesce) -> None:
        """Those that ignore the power button have no agent either."""
        if wish is Quiesce.NO or guest.state is not PowerState.RUNNING:
            return
        if guest.uuid not in self._hypervisor.faults.deaf:
            self._hypervisor.rested.append(guest.uuid)
        elif wish is Quiesce.MUST:
            raise QuiesceFailed(uuid=guest.uuid, reason="its agent does not answer")


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), CHUNK_BYTES):
        yield content[at : at + CHUNK_BYTES]
