"""The connection to the hypervisor: opened when needed, opened again when lost."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from nova.core.clock import Clock
from nova.virt.contract.errors import HypervisorError, HypervisorUnavailable
from nova.virt.libvirt.event_loop import ensure_running
from nova.virt.libvirt.native import Native

LOG = logging.getLogger(__name__)
T = TypeVar("T")

KEEPALIVE_SECONDS, KEEPALIVE_MISSES = 5, 3
RECONNECT_SECONDS = 1.0
# How long a hypervisor's restart may take before those who need it are told.
PATIENCE = 10.0
LOST = frozenset(
    {
        libvirt.VIR_ERR_SYSTEM_ERROR,
        libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_RPC,
        libvirt.VIR_ERR_INVALID_CONN,
        libvirt.VIR_ERR_NO_CONNECT,
    }
)
LOST_IN = frozenset({libvirt.VIR_FROM_REMOTE, libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_NONE})
OF_COMMANDS = (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_NONE)
"""What a command that the hypervisor ran for us failed with."""


def means_lost(error: libvirt.libvirtError) -> bool:
    """Whether it is the way to the hypervisor that failed."""
    code, domain = error.get_error_code(), error.get_error_domain()
    if (code, domain) == OF_COMMANDS:
        return False
    return code == libvirt.VIR_ERR_INVALID_CONN or (code in LOST and domain in LOST_IN)


class Connection:
    """Thread-safe.  `on_open` functions are called with each new connection, in the
    thread that opened it."""

    def __init__(self, uri: str, clock: Clock, native: Native) -> None:
        self._uri = uri
        self._clock = clock
        self._native = native
        self._opening = clock.lock()
        self._current: libvirt.virConnect | None = None
        self._patient_until = clock.monotonic()
        self._on_open: list[Callable[[libvirt.virConnect], None]] = []
        self._closed = False
        self._watching = False

    def on_open(self, function: Callable[[libvirt.virConnect], None]) -> None:
        """From now on for each connection, also for the one that is open already."""
        self._on_open.append(function)
        if self._current is not None:
            self._native.call(function, self._current)

    def call(self, verb: str, function: Callable[[libvirt.virConnect], T]) -> T:
        """Run `function` on the connection.

        When the connection turns out to be lost it is opened anew, for a while again and
        again, and the function runs once more: every `function` must bear that.  Errors of
        the hypervisor that `function` lets through become HypervisorError; a hypervisor that
        does not come back is HypervisorUnavailable.
        """
        return self._called(verb, function, self._awaited)

    def alive(self) -> bool:
        """Whether it answers now."""
        try:
            return bool(self._called("answer", lambda there: there.getLibVersion(), self._get))
        except (HypervisorError, HypervisorUnavailable):
            return False

    def keep_open(self) -> None:
        """Open it again in the background whenever it is lost, so that events go on."""
        if not self._watching:
            self._watching = True
            self._clock.spawn("libvirt-reconnect", self._watch)

    def close(self) -> None:
        self._closed = True
        if self._current is not None:
            self._drop(self._current)

    def _called(
        self, verb: str, function: Callable[[libvirt.virConnect], T],
        connect: Callable[[], libvirt.virConnect],
    ) -> T:
        used = connect()
        try:
            return self._native.call(function, used)
        except libvirt.libvirtError as error:
            if not means_lost(error):
                raise HypervisorError(verb=verb, reason=str(error)) from error
            LOG.warning("Lost the connection to the hypervisor: %s", error)
            self._drop(used)
        try:
            return self._native.call(function, connect())
        except libvirt.libvirtError as error:
            raise HypervisorError(verb=verb, reason=str(error)) from error

    def _awaited(self) -> libvirt.virConnect:
        """One that was lost a moment ago has time to come back."""
        while True:
            try:
                return self._get()
            except HypervisorUnavailable:
                if self._closed or self._clock.monotonic() >= self._patient_until:
                    raise
            self._clock.sleep(RECONNECT_SECONDS)

    def _get(self) -> libvirt.virConnect:
        with self._opening:
            if self._current is None:
                self._current = self._native.call(self._open)
            return self._current

    def _open(self) -> libvirt.virConnect:
        ensure_running(self._native)
        try:
            connection = libvirt.open(self._uri)
            connection.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_MISSES)
            connection.registerCloseCallback(self._hear_of_close, None)
            for function in self._on_open:
                function(connection)
        except libvirt.libvirtError as error:
            raise HypervisorUnavailable(service="libvirt", reason=str(error)) from error
        return connection

    def _hear_of_close(self, connection: Any, reason: int, opaque: Any) -> None:
        """In the event loop's thread: only note it."""
        self._lost(connection)

    def _drop(self, connection: libvirt.virConnect) -> None:
        if self._lost(connection):
            self._native.call(_close, connection)

    def _lost(self, connection: libvirt.virConnect) -> bool:
        """Whether that was news; by now there may be another one."""
        if self._current is not connection:
            return False
        self._current = None
        self._patient_until = self._clock.monotonic() + PATIENCE
        return True

    def _watch(self) -> None:
        while not self._closed:
            if self._current is None:
                self._try_again()
            self._clock.sleep(RECONNECT_SECONDS)

    def _try_again(self) -> None:
        try:
            self._get()
            LOG.info("Connected to the hypervisor at %s", self._uri)
        except HypervisorUnavailable as error:
            LOG.debug("The hypervisor is still away: %s", error)


def _close(connection: libvirt.virConnect) -> None:
    try:
        connection.unregisterCloseCallback()
        connection.close()
    except libvirt.libvirtError as error:
        LOG.debug("Closing a broken connection: %s", error)
