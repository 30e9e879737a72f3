"""What goes wrong, by seed, wherever a process reaches outside of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova.errors import Unavailable
from nova.objects.store.errors import DatabaseUnavailable
from nova.rpc.contract import Address
from tests.simulation.clock import OUTSIDE, SimClock


@dataclass(frozen=True)
class Odds:
    """Probabilities at each crossing of a seam; `delay` is the longest, in seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    delay: float = 20.0
    crash: float = 0.0
    database: float = 0.0
    service: float = 0.0
    broker_gone: tuple[float, float] | None = None


class Misfortune:
    """Faults of the bus, of the databases, and of other services; and crashes at any of them."""

    def __init__(self, clock: SimClock, odds: Odds) -> None:
        self._clock = clock
        self.odds = odds
        self.crashed: Callable[[str], None] = lambda process: None
        self.count = 0

    def calm(self) -> None:
        """From now on everything goes well."""
        self.odds = Odds()

    def deliveries(self, to: Address, method: str) -> list[float]:
        """nova.rpc.inprocess.Faults."""
        self.maybe_crash()
        gone = self.odds.broker_gone
        if gone and gone[0] <= self._clock.monotonic() < gone[1]:
            raise Unavailable(service="message broker", reason="it is gone")
        if self._happens(self.odds.lost):
            return []
        first = self._clock.random.random() * self.odds.delay if self._happens(
            self.odds.delayed) else 0.0
        if self._happens(self.odds.doubled):
            return [first, self._clock.random.random() * self.odds.delay]
        return [first]

    def gate(self, operation: str) -> None:
        """nova.clients.gate.Gate."""
        self.maybe_crash()
        if self._happens(self.odds.service):
            service = operation.partition(".")[0]
            raise Unavailable(service=service, reason="it does not answer just now")

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """A database call that may fail before it happens, or after without telling."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.maybe_crash()
            self._maybe_no_database()
            result = work(*arguments, **named)
            self.maybe_crash()
            self._maybe_no_database()
            return result

        return call

    def maybe_crash(self) -> None:
        process = self._clock.process
        if process != OUTSIDE and self._happens(self.odds.crash):
            self.crashed(process)
            self._clock.kill(process)

    def _maybe_no_database(self) -> None:
        if self._happens(self.odds.database):
            raise DatabaseUnavailable(service="database", reason="the connection broke")

    def _happens(self, probability: float) -> bool:
        if not probability or self._clock.process == OUTSIDE:
            return False
        happens = self._clock.random.random() < probability
        self.count += happens
        return happens
