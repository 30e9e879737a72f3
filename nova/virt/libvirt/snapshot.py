"""Pictures of guests' disks.

A guest that runs is copied by its own hypervisor, as it was when the copy began, while
it goes on.  One that is off is copied by the disk image tool; one that runs
and may not be copied sleeps meanwhile, its memory saved.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.virt.contract.errors import HypervisorError
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
from nova.virt.libvirt.builder import PICTURE, GuestBuilder
from nova.virt.libvirt.compose.disk_encryption import disk_secret
from nova.virt.libvirt.copying import DiskCopies, Target
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.storage.backend import DiskBackend
from nova.virt.libvirt.storage.encryption import encryptions, passphrase_of, passphrases
from nova.virt.libvirt.storage.layout import ROOT
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.source import DiskSource
from nova.virt.libvirt.workshop import Workshop

AWAKE = (PowerState.RUNNING, PowerState.PAUSED)
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class SnapshotOptions:
    """`format` None: qcow2 of a qcow2 disk, raw of any other.  `compress` qcow2 files;
    `live`: running guests need not sleep."""

    format: str | None = None
    compress: bool = False
    live: bool = True

    def format_of(self, disk: DiskSource) -> str:
        return self.format or ("qcow2" if disk.format == "qcow2" else "raw")

    def folded(self, disk: DiskSource) -> bool:
        return self.compress and self.format_of(disk) == "qcow2"


class LibvirtSnapshots:
    """`slots` bounds how many are taken at once."""

    def __init__(
        self,
        domains: Domains,
        builder: GuestBuilder,
        copies: DiskCopies,
        backend: DiskBackend,
        qemu_img: QemuImg,
        workshop: Workshop,
        slots: AbstractContextManager[Any],
        options: SnapshotOptions,
    ) -> None:
        self._domains = domains
        self._builder = builder
        self._copies = copies
        self._backend = backend
        self._qemu_img = qemu_img
        self._workshop = workshop
        self._slots = slots
        self._options = options

    @contextmanager
    def take(
        self,
        guest: GuestSpec,
        wish: SnapshotWish,
        *,
        on_extract: OnExtract = unwatched,
        wanted: Wanted = unwanted,
    ) -> Iterator[Picture]:
        with self._slots:
            on_extract()
            disk = self._root_of(guest)
            location = self._published(guest, wish)
            if location is not None:
                with self._at_its_place(guest.uuid, wish):
                    yield Picture("raw", 0, lambda: iter(()), location)
                return
            with self._workshop.place(guest.uuid) as place:
                if ROOT in encryptions(guest):
                    kind, file = "qcow2", self._encrypted(guest, wish, disk, place, wanted)
                else:
                    kind = self._options.format_of(disk)
                    file = self._extracted(guest, wish, disk, place, wanted)
                yield Picture(kind, file.stat().st_size, lambda: _pieces(file))

    def forget(self, uuid: str, image_id: str | None = None) -> None:
        self._copies.abandon(uuid)
        self._workshop.clear(uuid)
        if image_id is not None:
            self._backend.unpublish(uuid, ROOT, image_id)

    def left(self) -> Sequence[str]:
        return self._workshop.left()

    def _published(self, guest: GuestSpec, wish: SnapshotWish) -> str | None:
        """Where the storage made the image by itself, if it can."""
        if wish.image_id is None or self._options.format not in (None, "raw"):
            return None
        rest = self._copies.resting(guest.uuid, self._rest(guest, wish))
        return self._backend.publish(guest.uuid, ROOT, wish.image_id, rest)

    @contextmanager
    def _at_its_place(self, uuid: str, wish: SnapshotWish) -> Iterator[None]:
        try:
            yield
        except Exception:
            self._backend.unpublish(uuid, ROOT, wish.image_id or "")
            raise

    def _rest(self, guest: GuestSpec, wish: SnapshotWish) -> Quiesce:
        """Who is frozen or off writes nothing, and has nobody to ask."""
        runs = self._domains.state(guest.uuid) is PowerState.RUNNING
        return wish.quiesce if runs else Quiesce.NO

    def _root_of(self, guest: GuestSpec) -> DiskSource:
        found = self._builder.files(guest).source(ROOT)
        assert found is not None
        return found

    def _extracted(
        self, guest: GuestSpec, wish: SnapshotWish, disk: DiskSource, place: Path,
        wanted: Wanted,
    ) -> Path:
        self._copies.stop(guest.uuid)
        if self._options.live and self._domains.state(guest.uuid) in AWAKE:
            return self._live(guest, wish, disk, place, wanted)
        return self._cold(guest, wish, disk, place / "picture")

    def _live(
        self, guest: GuestSpec, wish: SnapshotWish, disk: DiskSource, place: Path,
        wanted: Wanted,
    ) -> Path:
        asked = self._options.format_of(disk)
        kind = "raw" if asked == "raw" else "qcow2"
        copied, picture = place / "copy", place / "picture"
        rest = self._rest(guest, wish)
        if (moment := self._backend.moment(guest.uuid, ROOT)) is not None:
            return self._of_moment(guest, rest, moment, picture)
        self._copies.copy(guest.uuid, disk, Target(copied, kind), rest, wanted)
        if asked == kind and not self._options.folded(disk):
            return copied
        self._qemu_img.convert(
            copied, kind, picture, asked, compress=self._options.folded(disk)
        )
        copied.unlink()
        return picture

    def _of_moment(
        self, guest: GuestSpec, rest: Quiesce, moment: AbstractContextManager[DiskSource],
        picture: Path,
    ) -> Path:
        """Where the storage itself can hold on to a moment, only that is waited for."""
        with ExitStack() as held:
            with self._copies.resting(guest.uuid, rest):
                disk = held.enter_context(moment)
            self._convert(disk, picture)
        return picture

    def _convert(self, disk: DiskSource, picture: Path) -> None:
        self._qemu_img.convert(
            disk.url, disk.format, picture, self._options.format_of(disk),
            compress=self._options.folded(disk),
        )  # fmt: skip

    def _encrypted(
        self, guest: GuestSpec, wish: SnapshotWish, disk: DiskSource, place: Path,
        wanted: Wanted,
    ) -> Path:
        """From what the disk is encrypted with to what the picture is: in plain, it is
        nowhere but in memory."""
        if wish.encryption is None:
            reason = "nothing is said of how the picture is encrypted"
            raise HypervisorError(verb="copy an encrypted disk", reason=reason)
        picture, lock = place / "picture", passphrase_of(guest.uuid, wish.encryption)
        self._copies.stop(guest.uuid)
        if self._options.live and self._domains.state(guest.uuid) in AWAKE:
            target = Target(picture, "qcow2", disk_secret(guest.uuid, PICTURE))
            with self._builder.picture_secret(guest.uuid, lock):
                self._copies.copy(guest.uuid, disk, target, self._rest(guest, wish), wanted)
            return picture
        read = passphrases(guest)[ROOT]
        with self._asleep(guest, wish):
            self._qemu_img.convert(
                disk.url, disk.format, picture, "qcow2", read_with=read, lock_with=lock
            )
        return picture

    def _cold(
        self, guest: GuestSpec, wish: SnapshotWish, disk: DiskSource, picture: Path
    ) -> Path:
        with self._asleep(guest, wish):
            self._convert(disk, picture)
        return picture

    @contextmanager
    def _asleep(self, guest: GuestSpec, wish: SnapshotWish) -> Iterator[None]:
        if self._domains.state(guest.uuid) in AWAKE:
            self._domains.ask("suspend", guest.uuid, lambda domain: domain.managedSave(0))
        try:
            yield
        finally:
            if not wish.sleeps and self._domains.has_memory(guest.uuid):
                self._builder.plug(guest)
                with self._builder.secrets(guest):
                    self._domains.start(guest.uuid)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk
