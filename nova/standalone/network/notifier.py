"""Telling compute what happened to ports: POST /os-server-external-events."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from keystoneauth1 import exceptions as ksa
from keystoneauth1.adapter import Adapter

from nova.core.clock import Clock
from nova.standalone.network.happenings import ServerEvent

LOG = logging.getLogger(__name__)
PATH = "/os-server-external-events"
DELAYS = (0.5, 1.0, 2.0, 4.0)
# Ports of one boot become active almost together: one request for all of them.
GATHER = 0.02
LARGEST_BATCH = 50
# Every version of the API knows the events of ports.
MICROVERSION = "2.1"


class ComputeNotifier:
    """A queue and a thread that empties it. Events keep their order.

    An event that compute does not take after several tries is dropped and
    logged: compute asks for ports itself when it settles a server.
    """

    def __init__(self, compute: Adapter, clock: Clock, delays: tuple[float, ...] = DELAYS) -> None:
        self._delays = delays
        self._compute = compute
        self._clock = clock
        self._pending: deque[ServerEvent] = deque()
        self._wake = clock.event()
        self._stopping = clock.event()
        self._task = clock.spawn("network-events", self._run)

    def notify(self, events: Sequence[ServerEvent]) -> None:
        self._pending.extend(events)
        self._wake.set()

    def stop(self, timeout: float = 5.0) -> None:
        """What is pending is still tried once."""
        self._stopping.set()
        self._wake.set()
        self._task.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set() or self._pending:
            self._wake.wait()
            self._wake.clear()
            self._stopping.wait(GATHER)
            while self._pending:
                self._deliver(self._batch())

    def _batch(self) -> list[ServerEvent]:
        count = min(len(self._pending), LARGEST_BATCH)
        return [self._pending.popleft() for _ in range(count)]

    def _deliver(self, events: list[ServerEvent]) -> None:
        for delay in (*self._delays, None):
            try:
                self._post(events)
                return
            except ksa.NotFound:
                LOG.info("Compute knows none of the servers of %s", events)
                return
            except (ksa.ClientException, OSError) as error:
                LOG.warning("Compute did not take %s events: %s", len(events), error)
            if delay is None or self._stopping.wait(delay):
                break
        LOG.error("Dropped events that compute did not take: %s", events)

    def _post(self, events: list[ServerEvent]) -> None:
        body = {"events": [_document(event) for event in events]}
        headers = {"OpenStack-API-Version": f"compute {MICROVERSION}"}
        answer: Any = self._compute.post(PATH, json=body, headers=headers)
        LOG.debug("Compute answered %s to %s", answer.status_code, events)


def _document(event: ServerEvent) -> dict[str, str]:
    return {
        "name": event.name,
        "server_uuid": event.server_uuid,
        "tag": event.tag,
        "status": event.status,
    }
