"""Guests that start from another disk than their own.

The definition that the guest had is kept in a file beside its disks, to the
letter, and put back by `unrescue`.
"""

import os
from pathlib import Path

import libvirt

from nova.virt.contract.devices import ImageRef
from nova.virt.contract.errors import BadImage, GuestNotFound
from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.rescue import RescueDisk
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.compose.rescue import compose_rescue
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.profile import Profile
from nova.virt.libvirt.rescue_disks import RESCUE_SUFFIX, RescueDisks
from nova.virt.libvirt.storage.layout import ROOT, Layout

KEPT = "unrescue.xml"
WHOLE = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE


class LibvirtRescue:
    def __init__(
        self,
        domains: Domains,
        builder: GuestBuilder,
        disks: RescueDisks,
        profile: Profile,
        layout: Layout,
    ) -> None:
        self._domains = domains
        self._builder = builder
        self._disks = disks
        self._profile = profile
        self._layout = layout

    def rescue(self, guest: GuestSpec, disk: RescueDisk) -> None:
        disk.check()
        own = self._builder.files(guest)
        image = self._image(guest, disk)
        origins = self._disks.fetch(guest, image)
        self._keep_definition(guest)
        self._off(guest.uuid)
        made = self._disks.make(guest, origins, disk)
        site = self._profile.site()
        rescued = compose_rescue(guest, disk, image, own, made, site)
        self._builder.install(guest, rescued)
        self._start(guest)

    def unrescue(self, guest: GuestSpec, *, start: bool = True) -> None:
        kept = self._kept(guest.uuid)
        if kept.exists():
            self._off(guest.uuid)
            self._put_back(guest, kept.read_text())
        self._disks.remove(guest.uuid)
        kept.unlink(missing_ok=True)
        if start and self._state(guest) is not PowerState.RUNNING:
            self._start(guest)

    def _image(self, guest: GuestSpec, disk: RescueDisk) -> ImageRef:
        found = disk.image or self._disks.usual_image() or guest.root.image
        if found is None:
            raise BadImage(image_id="", reason="there is none to rescue the guest with")
        return self._disks.with_kernel(found)

    def _keep_definition(self, guest: GuestSpec) -> None:
        """Unless it is that of a rescue already: then the right one was kept before."""
        try:
            text = self._domains.ask("read the definition", guest.uuid, lambda d: d.XMLDesc(WHOLE))
        except GuestNotFound:
            self._builder.define(guest, self._builder.files(guest))
            return self._keep_definition(guest)
        kept = self._kept(guest.uuid)
        if kept.exists() and f"{ROOT}{RESCUE_SUFFIX}" in text:
            return
        part = kept.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(text)
        os.replace(part, kept)

    def _put_back(self, guest: GuestSpec, text: str) -> None:
        try:
            self._domains.ask("define", guest.uuid, lambda d: d.connect().defineXML(text))
        except GuestNotFound:
            self._builder.define(guest, self._builder.files(guest))
            self._domains.ask("define", guest.uuid, lambda d: d.connect().defineXML(text))

    def _state(self, guest: GuestSpec) -> PowerState:
        try:
            return self._domains.state(guest.uuid)
        except GuestNotFound:
            self._builder.define(guest, self._builder.files(guest))
            return self._domains.state(guest.uuid)

    def _off(self, uuid: str) -> None:
        self._domains.kill(uuid)
        if self._domains.exists(uuid):
            self._domains.forget_memory(uuid)
        self._builder.unplug(uuid)

    def _start(self, guest: GuestSpec) -> None:
        self._builder.plug(guest)
        with self._builder.secrets(guest):
            self._domains.start(guest.uuid)

    def _kept(self, uuid: str) -> Path:
        return self._layout.guest(uuid) / KEPT
