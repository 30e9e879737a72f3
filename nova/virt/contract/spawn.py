"""Making and unmaking guests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.states import PowerState

OnProgress = Callable[[str], None]
WaitForPlug = Callable[[], None]


def unwatched(stage: str) -> None:
    """The progress report nobody reads."""


@dataclass(frozen=True)
class GuestInfo:
    """A guest that the hypervisor has, whoever made it."""

    uuid: str
    name: str
    state: PowerState


class Spawn(Protocol):
    def spawn(
        self,
        guest: GuestSpec,
        *,
        on_progress: OnProgress = unwatched,
        wait_for_plug: WaitForPlug | None = None,
    ) -> Mapping[str, str]:
        """Build the guest and run it.

        Returns what is to be kept with the server and given back as
        `GuestSpec.saved`.  `on_progress` is told each stage as it begins
        ("image", "disks", "define", "plug", "run").  With `wait_for_plug` the
        guest is first created frozen, its interfaces in place; then the
        function is called, and the guest runs when it returns.

        Raises CannotSpawn or BadGuest (or a kind of them), GuestExists, or the
        NovaError that `wait_for_plug` raised; then nothing of the guest is
        left.  Killed at any point, `destroy` cleans up.
        """

    def destroy(self, uuid: str, *, destroy_disks: bool = True) -> None:
        """Remove the guest and (if asked) its disks.  Doing it twice, or to a
        guest that is half built or not here, is not an error."""

    def list_guests(self) -> Sequence[GuestInfo]:
        """All guests of this hypervisor."""

    def guest_state(self, uuid: str) -> PowerState:
        """Raises GuestNotFound."""
