"""The event loop of the hypervisor's library: one per process, by its own law."""

import logging
import threading

import libvirt

from nova.virt.libvirt.native import Native

LOG = logging.getLogger(__name__)


class _Loop:
    """The one thing here that belongs to the process: the library lets its loop be
    registered once, and never given back."""

    guard = threading.Lock()
    started = False


def ensure_running(native: Native) -> None:
    """Must be called before the first connection is opened; later calls do nothing."""
    with _Loop.guard:
        if _Loop.started:
            return
        _Loop.started = True
        libvirt.registerErrorHandler(_quiet, None)
        libvirt.virEventRegisterDefaultImpl()
    native.forever("libvirt-events", _run)


def _quiet(_context: object, _error: object) -> None:
    """Errors come as exceptions; the library need not print them as well."""


def _run() -> None:
    while True:
        if libvirt.virEventRunDefaultImpl() < 0:
            LOG.warning("The event loop of the hypervisor's library failed once")
