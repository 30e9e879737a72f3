"""Misfortune, by order: what a real hypervisor does now and then, the fake does on request."""

from collections.abc import Callable
from dataclasses import dataclass

from nova.core.clock import Clock

Act = Callable[[str], None]


@dataclass
class _Rule:
    verb: str
    act: Act
    uuid: str | None
    skip: int
    times: int | None
    every: int

    def strikes(self, verb: str, uuid: str) -> bool:
        """Whether this call is one of those the rule is about; counts it."""
        if verb != self.verb or self.uuid not in (None, uuid):
            return False
        self.skip -= 1
        if self.skip > 0 or self.times == 0:
            return False
        self.skip = self.every
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """Verbs are the names of the contract's methods ("spawn", "pause", "list_guests")
    and, within spawn, "spawn.image", "spawn.disks", "spawn.define", "spawn.plug",
    "spawn.run".  A verb is struck before it changes anything.

    An error that is no `Exception` (such as a test's own BaseException) stands for
    the death of the process: nothing is undone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = clock.lock()
        self._rules: list[_Rule] = []
        self._delays: dict[str, float] = {}
        self.deaf: set[str] = set()
        """Ids of guests that ignore the power button."""

    def fail(
        self,
        verb: str,
        error: BaseException,
        *,
        nth: int = 1,
        times: int | None = 1,
        every: int = 1,
        uuid: str | None = None,
    ) -> None:
        """Raise `error` at the nth call from now, and again at each `every`th after
        it, `times` times in all (None: for ever)."""

        def act(_uuid: str) -> None:
            raise error

        self.do(verb, act, nth=nth, times=times, every=every, uuid=uuid)

    def do(
        self,
        verb: str,
        act: Act,
        *,
        nth: int = 1,
        times: int | None = 1,
        every: int = 1,
        uuid: str | None = None,
    ) -> None:
        """Call `act(uuid)` instead of raising."""
        with self._lock:
            self._rules.append(_Rule(verb, act, uuid, nth, times, every))

    def delay(self, verb: str, seconds: float) -> None:
        """Let each call take so long, on the clock."""
        self._delays[verb] = seconds

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
            self._delays.clear()
            self.deaf.clear()

    def strike(self, verb: str, uuid: str = "") -> None:
        """Called by the hypervisor at the start of each verb."""
        if seconds := self._delays.get(verb, 0):
            self._clock.sleep(seconds)
        if not self._rules:
            return
        with self._lock:
            struck = [rule for rule in self._rules if rule.strikes(verb, uuid)]
        for rule in struck:
            rule.act(uuid)
