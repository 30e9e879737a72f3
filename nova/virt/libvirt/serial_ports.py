"""Ports of this host on which serial lines of guests are reached: [serial_console]port_range."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import replace

from oslo_config import cfg

from nova.core.clock import Clock
from nova.virt.contract.errors import CannotSpawn, GuestNotFound
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.xml.chardev import Serial
from nova.virt.libvirt.xml.devices import Devices
from nova.virt.libvirt.xml.domain import Domain

TCP, LISTENING = "tcp", "bind"


class SerialPorts:
    """Who has which port is remembered, because a guest that is off holds none, and learned
    from the guests that there are when first asked."""

    def __init__(self, conf: cfg.ConfigOpts, clock: Clock, domains: Domains) -> None:
        first, _, last = conf.serial_console.port_range.partition(":")
        self._range = range(int(first), int(last) + 1)
        self._domains = domains
        self._lock = clock.lock()
        self._taken: dict[int, str] | None = None

    def numbered(self, domain: Domain) -> Domain:
        """With a port for each line that wants one; its own from before if they are free.

        Raises CannotSpawn when the range is used up.
        """
        devices = domain.devices
        if devices is None or not any(map(_wants_port, devices.serials)):
            return domain
        with self._lock:
            lines = tuple(self._lines(domain.uuid or "", devices))
        return replace(domain, devices=replace(devices, serials=lines))

    def release(self, uuid: str) -> None:
        with self._lock:
            if self._taken is not None:
                self._taken = {p: own for p, own in self._taken.items() if own != uuid}

    def _lines(self, uuid: str, devices: Devices) -> Iterator[Serial]:
        taken = self._known()
        own = [port for port, owner in taken.items() if owner == uuid]
        for port in own:
            del taken[port]
        choices = self._free(own, str(devices.serials[0].source_host))
        for line in devices.serials:
            if not _wants_port(line):
                yield line
                continue
            free = next(choices, None)
            if free is None:
                raise CannotSpawn(
                    uuid=uuid, reason="no port of [serial_console]port_range is free"
                )
            taken[free] = uuid
            yield replace(line, source_service=free)

    def _free(self, own: list[int], address: str) -> Iterator[int]:
        taken = self._known()
        for port in (*own, *self._range):
            if port not in taken and _is_free(address, port):
                yield port

    def _known(self) -> dict[int, str]:
        if self._taken is None:
            self._taken = dict(self._found())
        return self._taken

    def _found(self) -> Iterator[tuple[int, str]]:
        for guest in self._domains.all():
            try:
                devices = self._domains.definition(guest.uuid).devices
            except GuestNotFound:
                continue
            for line in listening(devices):
                yield line.source_service or 0, guest.uuid


def listening(devices: Devices | None) -> Iterator[Serial]:
    """The lines that can be reached over the network, in the guest's order."""
    for line in devices.serials if devices is not None else ():
        if line.type == TCP and line.source_mode == LISTENING and line.source_service:
            yield line


def _wants_port(line: Serial) -> bool:
    return line.type == TCP and line.source_mode == LISTENING and not line.source_service


def _is_free(address: str, port: int) -> bool:
    """As the kernel sees it now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise CannotSpawn(uuid="", reason=f"{address}: {error.strerror}") from error
    return True
