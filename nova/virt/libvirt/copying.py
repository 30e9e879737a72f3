"""Copies of disks that guests are using, made by the hypervisor itself.

The copy is of the moment in which it begins, so file systems have to rest only
that long.  It is a job of the guest: one that a dead process began goes on, and
is stopped by the next.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import libvirt

from nova.core.clock import Clock
from nova.virt.contract.errors import (
    GuestNotFound,
    HypervisorError,
    MadeWay,
    QuiesceFailed,
)
from nova.virt.contract.snapshot import Quiesce, Wanted, unwanted
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.storage.source import DiskSource
from nova.virt.libvirt.xml.disk import Encryption

LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Target:
    """The new file; with a `secret` that the hypervisor knows, it is encrypted."""

    path: Path
    format: str
    secret: str | None = None


class DiskCopies:
    def __init__(self, domains: Domains, clock: Clock) -> None:
        self._domains = domains
        self._clock = clock

    def copy(
        self, uuid: str, disk: DiskSource, target: Target, quiesce: Quiesce,
        wanted: Wanted = unwanted,
    ) -> None:
        """All of the disk, in one piece, into a new file.

        Raises QuiesceFailed, MadeWay, HypervisorError (also when the guest ends meanwhile).
        """
        order = _order(self._names(uuid), self._name_of(uuid, disk), target)
        with self.resting(uuid, quiesce):
            self._domains.ask("copy a disk of", uuid, lambda d: d.backupBegin(order, None))
        while self._running(uuid):
            if wanted():
                self.stop(uuid)
                raise MadeWay(uuid=uuid)
            self._clock.sleep(POLL_SECONDS)
        self._require_success(uuid)

    def stop(self, uuid: str) -> None:
        """End a copy that nobody waits for; there may be none, and no guest."""
        try:
            if self._running(uuid):
                self._domains.ask("stop a copy of", uuid, lambda domain: domain.abortJob())
        except GuestNotFound:
            LOG.debug("Guest %s is not here, and nothing is copied of it", uuid)
        except HypervisorError as error:
            LOG.info("The copy of guest %s ended by itself: %s", uuid, error)

    def abandon(self, uuid: str) -> None:
        """As `stop`; and a guest that was at rest goes on."""
        self.stop(uuid)
        try:
            if self._domains.state(uuid) is PowerState.RUNNING:
                self._wake(uuid)
        except GuestNotFound:
            LOG.debug("Guest %s is not here, and does not rest", uuid)

    def _running(self, uuid: str) -> bool:
        stats = self._domains.ask("watch", uuid, _job)
        return stats.get("operation") == libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP

    def _require_success(self, uuid: str) -> None:
        """A copy that is over leaves its result with the guest until the next job."""
        stats = self._domains.ask("watch", uuid, _job_before)
        if stats.get("type") != libvirt.VIR_DOMAIN_JOB_COMPLETED:
            reason = stats.get(libvirt.VIR_DOMAIN_JOB_ERRMSG) or "the copy did not end well"
            raise HypervisorError(verb="copy a disk", reason=str(reason))

    @contextmanager
    def resting(self, uuid: str, quiesce: Quiesce) -> Iterator[None]:
        """While the file systems of the guest are at rest, as far as that is wanted."""
        if quiesce is Quiesce.NO:
            yield
            return
        self._rest(uuid, quiesce)
        try:
            yield
        finally:
            self._wake(uuid)

    def _rest(self, uuid: str, quiesce: Quiesce) -> None:
        try:
            self._domains.ask("freeze file systems of", uuid, lambda domain: domain.fsFreeze())
        except HypervisorError as error:
            self._wake(uuid)
            if quiesce is Quiesce.MUST:
                raise QuiesceFailed(uuid=uuid, reason=str(error)) from error
            LOG.info("Guest %s is copied without rest: %s", uuid, error)

    def _wake(self, uuid: str) -> None:
        """Also what a process that died left frozen."""
        try:
            self._domains.ask("thaw file systems of", uuid, lambda domain: domain.fsThaw())
        except HypervisorError as error:
            LOG.info("The file systems of guest %s were not thawed: %s", uuid, error)

    def _names(self, uuid: str) -> list[str]:
        devices = self._domains.definition(uuid).devices
        return [one.target for one in devices.disks if one.target] if devices else []

    def _name_of(self, uuid: str, disk: DiskSource) -> str:
        devices = self._domains.definition(uuid).devices
        for one in devices.disks if devices else ():
            if disk.path in (one.file, one.dev, one.name) and one.target:
                return one.target
        raise HypervisorError(verb="copy a disk", reason=f"the guest does not use {disk.path}")


def _job(domain: libvirt.virDomain) -> dict[str, Any]:
    return dict(domain.jobStats()) if domain.isActive() else {}


def _job_before(domain: libvirt.virDomain) -> dict[str, Any]:
    if not domain.isActive():
        return {}
    flags = libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED
    return dict(domain.jobStats(flags))


def _order(names: list[str], wanted: str, target: Target) -> str:
    """Only the one disk is copied."""
    order = ET.Element("domainbackup", mode="push")
    disks = ET.SubElement(order, "disks")
    for name in names:
        chosen = name == wanted
        disk = ET.SubElement(disks, "disk", name=name, backup="yes" if chosen else "no")
        if chosen:
            disk.set("type", "file")
            ET.SubElement(disk, "driver", type=target.format)
            place = ET.SubElement(disk, "target", file=str(target.path))
            if target.secret is not None:
                place.append(Encryption(secret=target.secret).to_xml())
    return ET.tostring(order, encoding="unicode")
