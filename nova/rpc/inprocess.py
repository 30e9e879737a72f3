"""The bus inside one process: for standalone, tests and the simulation.

Messages are encoded and decoded as on a real bus, so that nothing is shared
between sender and receiver that a broker could not carry.  `faults` decides
what becomes of each message; the default delivers every one, once, at once.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from nova.context import RequestContext
from nova.core.clock import Clock, Pool
from nova.rpc import dispatch, serializer
from nova.rpc.contract import Address, NoAnswer, Serving


class Faults(Protocol):
    def deliveries(self, to: Address, method: str) -> list[float]:
        """Seconds after which each copy arrives: [] loses the message, [0, 3] doubles it.
        May raise Unavailable: the broker is gone."""


class Faultless:
    def deliveries(self, to: Address, method: str) -> list[float]:
        return [0.0]


class _Service:
    """One server of an address, with its own workers."""

    def __init__(self, bus: "InProcessBus", at: Address, endpoint: object, workers: Pool) -> None:
        self._bus = bus
        self.at = at
        self.endpoint = endpoint
        self.workers = workers

    def stop(self) -> None:
        self._bus.forget(self)
        self.workers.close(None)


class _Reply:
    def __init__(self, clock: Clock) -> None:
        self.arrived = clock.event()
        self.content: Any = None

    def put(self, content: Any) -> None:
        if not self.arrived.is_set():
            self.content = content
            self.arrived.set()


class InProcessBus:
    def __init__(
        self,
        clock: Clock,
        *,
        timeout: float = 60.0,
        workers: int = 16,
        faults: Faults | None = None,
    ) -> None:
        self._clock = clock
        self._timeout = timeout
        self._workers = workers
        self._faults = faults or Faultless()
        self._services: list[_Service] = []
        self._turn = 0

    def serve(self, at: Address, endpoint: object) -> Serving:
        service = _Service(self, at, endpoint, self._clock.pool(at.topic, self._workers))
        self._services.append(service)
        return service

    def forget(self, service: _Service) -> None:
        if service in self._services:
            self._services.remove(service)

    def ping(self) -> None:
        self._faults.deliveries(Address("ping"), "ping")

    def cast(
        self, to: Address, method: str, context: RequestContext, arguments: Mapping[str, Any]
    ) -> None:
        self._send(to, method, context, arguments, None)

    def call(
        self,
        to: Address,
        method: str,
        context: RequestContext,
        arguments: Mapping[str, Any],
        timeout: float | None = None,
    ) -> Any:
        reply = _Reply(self._clock)
        self._send(to, method, context, arguments, reply)
        limit = self._timeout if timeout is None else timeout
        if not reply.arrived.wait(limit):
            raise NoAnswer(service=to.topic, reason=f"no answer in {limit} seconds")
        return serializer.unwrap(json.loads(reply.content))

    def _send(
        self,
        to: Address,
        method: str,
        context: RequestContext,
        arguments: Mapping[str, Any],
        reply: _Reply | None,
    ) -> None:
        wire = json.dumps([context.to_wire(), serializer.encode(dict(arguments))])
        for delay in self._faults.deliveries(to, method):
            self._deliver_after(delay, to, method, wire, reply)

    def _deliver_after(
        self, delay: float, to: Address, method: str, wire: str, reply: _Reply | None
    ) -> None:
        if delay:
            self._clock.spawn("delivery", self._late, delay, to, method, wire, reply)
        else:
            self._deliver(to, method, wire, reply)

    def _late(self, delay: float, *message: Any) -> None:
        self._clock.sleep(delay)
        self._deliver(*message)

    def _deliver(self, to: Address, method: str, wire: str, reply: _Reply | None) -> None:
        """To one of those that serve the address, in turn, or to each; nobody: the message is
        lost, as a broker would keep it only for a queue that exists."""
        serving = [s for s in self._services if _matches(s.at, to)]
        if serving and not to.everyone:
            self._turn += 1
            serving = [serving[self._turn % len(serving)]]
        for service in serving:
            service.workers.submit(self._handle, service, method, wire, reply)

    def _handle(self, service: _Service, method: str, wire: str, reply: _Reply | None) -> None:
        content = json.dumps(_outcome(service, method, wire))
        if reply is not None:
            for delay in self._faults.deliveries(Address("reply"), method)[:1]:
                self._clock.sleep(delay) if delay else None
                reply.put(content)


def _matches(at: Address, to: Address) -> bool:
    return at.topic == to.topic and (to.server is None or at.server == to.server)


def _outcome(service: _Service, method: str, wire: str) -> dict[str, Any]:
    context, arguments = json.loads(wire)
    return dispatch.handle(
        service.endpoint, service.at.topic, method, RequestContext.from_wire(context), arguments
    )


class InProcessBuses:
    """All cells on one bus."""

    def __init__(self, bus: InProcessBus) -> None:
        self.top = bus

    def cell(self, cell_uuid: str) -> InProcessBus:
        return self.top
