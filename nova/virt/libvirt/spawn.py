"""Making and unmaking guests."""

import logging
from collections.abc import Mapping, Sequence

from nova.errors import NovaError
from nova.virt.contract.errors import (
    CannotSpawn,
    GuestExists,
    HypervisorError,
    HypervisorUnavailable,
)
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import GuestInfo, OnProgress, WaitForPlug, unwatched
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.doomed import Doomed
from nova.virt.libvirt.workshop import Workshop

LOG = logging.getLogger(__name__)
TROUBLE = (HypervisorError, HypervisorUnavailable)
"""Of this host; another one may do better."""


class LibvirtSpawn:
    def __init__(
        self, domains: Domains, builder: GuestBuilder, workshop: Workshop, doomed: Doomed
    ) -> None:
        self._domains = domains
        self._builder = builder
        self._workshop = workshop
        self._doomed = doomed

    def spawn(
        self,
        guest: GuestSpec,
        *,
        on_progress: OnProgress = unwatched,
        wait_for_plug: WaitForPlug | None = None,
    ) -> Mapping[str, str]:
        if self._domains.exists(guest.uuid):
            raise GuestExists(uuid=guest.uuid)
        try:
            return self._build(guest, on_progress, wait_for_plug)
        except Exception as error:
            self._undo(guest.uuid)
            if isinstance(error, NovaError) and not isinstance(error, TROUBLE):
                raise
            raise CannotSpawn(uuid=guest.uuid, reason=str(error)) from error

    def destroy(self, uuid: str, *, destroy_disks: bool = True) -> None:
        self._domains.kill(uuid)
        # Its definition tells what is plugged: whoever does this again needs it still.
        self._builder.unplug(uuid)
        self._domains.undefine(uuid)
        if destroy_disks:
            self._builder.remove_files(uuid)
            self._workshop.clear(uuid)
        self._doomed.drop(uuid)

    def list_guests(self) -> Sequence[GuestInfo]:
        return self._domains.all()

    def guest_state(self, uuid: str) -> PowerState:
        return self._domains.state(uuid)

    def _build(
        self, guest: GuestSpec, on_progress: OnProgress, wait_for_plug: WaitForPlug | None
    ) -> Mapping[str, str]:
        on_progress("image")
        bases = self._builder.fetch(guest)
        on_progress("disks")
        files = self._builder.build_files(guest, bases)
        on_progress("define")
        machine = self._builder.define(guest, files)
        self._builder.tell_places(guest)
        on_progress("plug")
        self._builder.plug(guest)
        if wait_for_plug is not None:
            with self._builder.secrets(guest):
                self._domains.start(guest.uuid, paused=True)
            wait_for_plug()
        on_progress("run")
        if wait_for_plug is None:
            with self._builder.secrets(guest):
                self._domains.start(guest.uuid)
        else:
            self._domains.ask("run", guest.uuid, lambda domain: domain.resume())
        return {"image_hw_machine_type": machine}

    def _undo(self, uuid: str) -> None:
        """As far as it goes; what stays behind is removed by a later `destroy`."""
        try:
            self.destroy(uuid)
        except (*TROUBLE, OSError):
            LOG.exception("Could not clean up after the failed build of guest %s", uuid)
