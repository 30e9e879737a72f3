"""What happens to guests: from the library's loop, over a queue, to the subscribers."""

import logging
from collections.abc import Callable
from typing import Any

import libvirt

from nova.core.clock import Clock
from nova.virt.contract.events import LifecycleEvent, Subscriber, Transition, Unsubscribe
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.native import Native

LOG = logging.getLogger(__name__)

TRANSITIONS: dict[int, Transition] = {
    libvirt.VIR_DOMAIN_EVENT_STARTED: Transition.STARTED,
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: Transition.PAUSED,
    libvirt.VIR_DOMAIN_EVENT_RESUMED: Transition.RESUMED,
    libvirt.VIR_DOMAIN_EVENT_STOPPED: Transition.STOPPED,
    libvirt.VIR_DOMAIN_EVENT_PMSUSPENDED: Transition.SUSPENDED,
    libvirt.VIR_DOMAIN_EVENT_CRASHED: Transition.CRASHED,
}
DETAILED: dict[tuple[int, int], Transition | None] = {
    (
        libvirt.VIR_DOMAIN_EVENT_STOPPED,
        libvirt.VIR_DOMAIN_EVENT_STOPPED_SAVED,
    ): Transition.SUSPENDED,
    (
        libvirt.VIR_DOMAIN_EVENT_STOPPED,
        libvirt.VIR_DOMAIN_EVENT_STOPPED_CRASHED,
    ): Transition.CRASHED,
    (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_FAILED): Transition.CRASHED,
    # A guest that leaves for another host has not stopped.
    (libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_MIGRATED): None,
    (libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED): None,
}


def transition_of(event: int, detail: int) -> Transition | None:
    """None for what is no change of the power state."""
    if (event, detail) in DETAILED:
        return DETAILED[event, detail]
    return TRANSITIONS.get(event)


class LibvirtEvents:
    def __init__(self, connection: Connection, clock: Clock, native: Native) -> None:
        self._connection = connection
        self._clock = clock
        self._native = native
        self._queue = native.queue()
        self._subscribers: list[Subscriber] = []
        self._listening = False

    def subscribe(self, subscriber: Subscriber) -> Unsubscribe:
        self._subscribers.append(subscriber)
        if not self._listening:
            self._listening = True
            self._clock.spawn("libvirt-dispatch", self._dispatch)
            self._connection.on_open(self._register)
            self._connection.keep_open()

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def close(self) -> None:
        self._subscribers.clear()
        self._queue.put(None)

    def _register(self, connection: libvirt.virConnect) -> None:
        connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._hear, None
        )

    def _hear(
        self, _connection: Any, domain: libvirt.virDomain, event: int, detail: int, _opaque: Any
    ) -> None:
        """In the event loop's thread, which must not wait for anything."""
        transition = transition_of(event, detail)
        if transition is not None:
            self._queue.put((domain.UUIDString(), transition))

    def _dispatch(self) -> None:
        get: Callable[[], tuple[str, Transition] | None] = self._queue.get
        while (heard := self._native.call(get)) is not None:
            event = LifecycleEvent(*heard, at=self._clock.now())
            for subscriber in tuple(self._subscribers):
                self._deliver(subscriber, event)

    def _deliver(self, subscriber: Subscriber, event: LifecycleEvent) -> None:
        try:
            subscriber(event)
        except Exception:
            LOG.exception("A subscriber failed on %s", event)
