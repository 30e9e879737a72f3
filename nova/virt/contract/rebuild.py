"""Giving a guest new disks."""

from collections.abc import Mapping
from typing import Protocol

from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import OnProgress, unwatched


class Rebuild(Protocol):
    def rebuild(
        self,
        guest: GuestSpec,
        *,
        preserve_ephemeral: bool = False,
        on_progress: OnProgress = unwatched,
    ) -> Mapping[str, str]:
        """Replace the guest by one that is as described, and run it.

        Returns what `Spawn.spawn` does, and tells the same stages, with
        "destroy" after "image": what can be refused is refused before anything
        of the old guest is touched.  `preserve_ephemeral` keeps the contents of
        ephemeral disks.  A guest that is not here, or half, is made.  Doing it
        again after a failure or death at any point is safe.

        Raises CannotSpawn or BadGuest (or a kind of them); from "destroy" on
        nothing is left of the guest then but preserved disks.
        """
