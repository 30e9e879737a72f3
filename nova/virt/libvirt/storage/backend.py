"""What every kind of place for the disks of guests can do."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nova.virt.contract.devices import ImageRef
from nova.virt.libvirt.storage.source import DiskSource
from nova.virt.libvirt.storage.usage import Usage


@dataclass(frozen=True)
class Base:
    """An image as it lies on this host; `virtual_size` in bytes.  One that is `encrypted`
    is read with its `secret`, and no disk rests on it."""

    path: Path
    format: str
    virtual_size: int
    encrypted: bool = False
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Elsewhere:
    """An image that disks can rest on where it lies, under the `name` it has there."""

    name: str
    virtual_size: int


Origin = Base | Elsewhere
"""What a disk begins as."""


class DiskBackend(Protocol):
    """A disk is known by its guest and one of the names in `layout`; sizes are bytes.

    A command that fails raises HypervisorError; asking for the same thing twice
    is harmless everywhere.  `secret` is the passphrase of a disk that is encrypted, for
    places that do that.
    """

    def adopt(self, image: ImageRef) -> Elsewhere | None:
        """The image without fetching it; None: it has to be fetched.
        Raises BadImage, ImageUnavailable."""

    def make(
        self, uuid: str, name: str, origin: Origin, size: int, secret: str | None = None
    ) -> DiskSource:
        """A new disk with what `origin` has, of `size` if that is more."""

    def take(self, uuid: str, name: str, file: Path) -> DiskSource | None:
        """Hold what is in the file from now on; None: it may as well stay a file."""

    def find(self, uuid: str, name: str) -> DiskSource | None: ...

    def moment(self, uuid: str, name: str) -> AbstractContextManager[DiskSource] | None:
        """The disk as it is now, to be read while its guest goes on writing; None: only
        the hypervisor of a guest that runs can do that here."""

    def grow(self, uuid: str, name: str, size: int, secret: str | None = None) -> None:
        """Never makes a disk smaller."""

    def remove(self, uuid: str, names: Collection[str] | None = None) -> None:
        """These disks of the guest (None: all); nothing there is no error."""

    def usage(self) -> Usage:
        """How full the place is."""

    def publish(
        self, uuid: str, name: str, image_id: str, at_rest: AbstractContextManager[Any]
    ) -> str | None:
        """Make an image of the image service of the disk as it is while it is `at_rest`.
        The address of its bytes, plain, for the image service; None: the place
        cannot do that with this disk, and nothing happened."""

    def unpublish(self, uuid: str, name: str, image_id: str) -> None:
        """The image service does not want it; there may be nothing."""
