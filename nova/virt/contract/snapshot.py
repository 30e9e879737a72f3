"""Pictures of guests' disks, to be kept as images."""

import enum
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from nova.virt.contract.devices import DiskEncryption
from nova.virt.contract.guest import GuestSpec


class Quiesce(enum.Enum):
    """Whether the guest is asked to bring its file systems to rest first.

    TRY: if it can be asked, and a guest that does not answer is no obstacle.
    """

    NO = "no"
    TRY = "try"
    MUST = "must"


@dataclass(frozen=True)
class SnapshotWish:
    """`sleeps`: the guest's memory is saved and stays so; otherwise saved memory is what a
    process that died in the middle left, and the guest is woken afterwards.
    `image_id` is that of the image to be, if its bytes may be where the image
    service finds them by itself.  `encryption` is that of the picture: one of an
    encrypted disk is encrypted too, in qcow2 whatever is usual, and with something else."""

    quiesce: Quiesce = Quiesce.NO
    sleeps: bool = False
    image_id: str | None = None
    encryption: DiskEncryption | None = None


@dataclass(frozen=True)
class Picture:
    """The root disk in one piece, resting on nothing.

    `disk_format` as the image service calls it; `size` in bytes of the file.
    Each call of `chunks` gives all of it, from its beginning.  With a `location`
    the bytes are there for the image service, and `chunks` gives none.
    """

    disk_format: str
    size: int
    chunks: Callable[[], Iterator[bytes]]
    location: str | None = None


OnExtract = Callable[[], None]
Wanted = Callable[[], bool]


def unwatched() -> None:
    """Nobody wants to know."""


def unwanted() -> bool:
    """Nobody waits for the guest."""
    return False


class Snapshots(Protocol):
    def take(
        self,
        guest: GuestSpec,
        wish: SnapshotWish,
        *,
        on_extract: OnExtract = unwatched,
        wanted: Wanted = unwanted,
    ) -> AbstractContextManager[Picture]:
        """The disk as it is at one moment; the files of it are gone at the end of the context,
        but what is at a `location` only if the context ends with an error.

        A guest that runs goes on running, one that is off stays off.
        `on_extract` is called when the guest's turn has come, for only so many
        are taken at once on a host; when `wanted` says so meanwhile it may end with
        MadeWay.  Raises GuestNotFound, QuiesceFailed, HypervisorError,
        HypervisorUnavailable.
        """

    def forget(self, uuid: str, image_id: str | None = None) -> None:
        """Remove what a process that died left of pictures (and of this image, at its
        location); there may be none.  A guest that it left at rest goes on."""

    def left(self) -> Sequence[str]:
        """The ids of guests of which there are pictures under way, or left by a process
        that died.  They may be guests of other hosts, where these share the place."""
