"""Tells subscribers what happened, one event after another, beside whoever caused it."""

import logging
from collections import deque

from nova.core.clock import Clock
from nova.virt.contract.events import LifecycleEvent, Subscriber, Transition, Unsubscribe

LOG = logging.getLogger(__name__)


class Bell:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = clock.lock()
        self._subscribers: list[Subscriber] = []
        self._waiting: deque[LifecycleEvent] = deque()
        self._ringing = False

    def subscribe(self, subscriber: Subscriber) -> Unsubscribe:
        with self._lock:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    def ring(self, uuid: str, transition: Transition) -> None:
        """Free of charge while nobody listens."""
        with self._lock:
            if not self._subscribers:
                return
            self._waiting.append(LifecycleEvent(uuid, transition, self._clock.now()))
            start, self._ringing = not self._ringing, True
        if start:
            self._clock.spawn("fake-events", self._drain)

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._ringing = False
                    return
                event, subscribers = self._waiting.popleft(), tuple(self._subscribers)
            for subscriber in subscribers:
                self._deliver(subscriber, event)

    def _deliver(self, subscriber: Subscriber, event: LifecycleEvent) -> None:
        try:
            subscriber(event)
        except Exception:
            LOG.exception("A subscriber failed on %s", event)
