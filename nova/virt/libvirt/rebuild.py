"""Guests with new disks."""

import logging
from collections.abc import Mapping

from nova.errors import NovaError
from nova.virt.contract.errors import CannotSpawn
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.spawn import OnProgress, unwatched
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.spawn import TROUBLE
from nova.virt.libvirt.storage.backend import Origin

LOG = logging.getLogger(__name__)


class LibvirtRebuild:
    def __init__(self, domains: Domains, builder: GuestBuilder) -> None:
        self._domains = domains
        self._builder = builder

    def rebuild(
        self,
        guest: GuestSpec,
        *,
        preserve_ephemeral: bool = False,
        on_progress: OnProgress = unwatched,
    ) -> Mapping[str, str]:
        try:
            on_progress("image")
            origins = self._builder.fetch(guest)
        except TROUBLE as error:
            raise CannotSpawn(uuid=guest.uuid, reason=str(error)) from error
        try:
            on_progress("destroy")
            self._remove(guest.uuid, preserve_ephemeral)
            return self._build(guest, origins, preserve_ephemeral, on_progress)
        except Exception as error:
            self._undo(guest.uuid, preserve_ephemeral)
            if isinstance(error, NovaError) and not isinstance(error, TROUBLE):
                raise
            raise CannotSpawn(uuid=guest.uuid, reason=str(error)) from error

    def _build(
        self,
        guest: GuestSpec,
        origins: Mapping[str, Origin],
        preserve_ephemeral: bool,
        on_progress: OnProgress,
    ) -> Mapping[str, str]:
        on_progress("disks")
        if preserve_ephemeral:
            files = self._builder.renew_files(guest, origins)
        else:
            files = self._builder.build_files(guest, origins)
        on_progress("define")
        machine = self._builder.define(guest, files)
        self._builder.tell_places(guest)
        on_progress("plug")
        self._builder.plug(guest)
        on_progress("run")
        with self._builder.secrets(guest):
            self._domains.start(guest.uuid)
        return {"image_hw_machine_type": machine}

    def _remove(self, uuid: str, preserve_ephemeral: bool) -> None:
        self._domains.kill(uuid)
        self._builder.unplug(uuid)
        self._domains.undefine(uuid)
        if not preserve_ephemeral:
            self._builder.remove_files(uuid)

    def _undo(self, uuid: str, preserve_ephemeral: bool) -> None:
        """As far as it goes; building again, or `destroy`, removes what stays behind."""
        try:
            self._remove(uuid, preserve_ephemeral)
        except (*TROUBLE, OSError):
            LOG.exception("Could not clean up after the failed rebuild of guest %s", uuid)
