"""Claims that come while another is on its way travel together, in the next request.

A scheduler that is asked by many at once pays a claim's round trip, transaction and
commit once for all that waited; one that is asked by a single user waits for nobody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nova.core.clock import Clock, Event
from nova.scheduler.plan import Placing

# Claims of one request: placement holds the providers of all of them meanwhile.
MOST = 16


@dataclass(eq=False)
class _Passenger:
    """`drives`: it is this one's turn to make the request; else `claimed` tells, once it is
    `woken`, whether another's request did it for this one."""

    placing: Placing
    woken: Event
    drives: bool = False
    claimed: bool = False


class Convoy:
    """Thread safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, clock.lock()
        self._waiting: list[_Passenger] = []
        self._under_way = False

    def claim(
        self, placing: Placing, alone: Callable[[Placing], bool],
        together: Callable[[Sequence[Placing]], bool],
    ) -> bool:
        """Whether it was claimed.  `together` claims all or none; who did not fit with the
        others, or saw that request fail, is claimed alone, and raises what `alone` raises."""
        mine = self._joined(placing)
        if not mine.drives:
            mine.woken.wait()
        if mine.drives:
            return self._drive(mine, alone, together)
        return mine.claimed or alone(placing)

    def _drive(
        self, mine: _Passenger, alone: Callable[[Placing], bool],
        together: Callable[[Sequence[Placing]], bool],
    ) -> bool:
        others = self._boarded(mine)
        claimed = False
        try:
            if not others:
                return alone(mine.placing)
            claimed = together([mine.placing, *(one.placing for one in others)])
        finally:
            self._arrived(others, claimed)
        return claimed or alone(mine.placing)

    def _joined(self, placing: Placing) -> _Passenger:
        mine = _Passenger(placing, self._clock.event())
        with self._lock:
            mine.drives, self._under_way = not self._under_way, True
            if not mine.drives:
                self._waiting.append(mine)
        return mine

    def _boarded(self, mine: _Passenger) -> list[_Passenger]:
        """Those who wait; a server that is claimed twice at once does not go twice."""
        with self._lock:
            servers = {mine.placing.request.server}
            boarded: list[_Passenger] = []
            for one in self._waiting:
                if len(servers) < MOST and one.placing.request.server not in servers:
                    servers.add(one.placing.request.server)
                    boarded.append(one)
            self._waiting = [one for one in self._waiting if one not in boarded]
            return boarded

    def _arrived(self, others: Sequence[_Passenger], claimed: bool) -> None:
        with self._lock:
            following = self._waiting.pop(0) if self._waiting else None
            self._under_way = following is not None
            if following is not None:
                following.drives = True
        for one in others:
            one.claimed = claimed
        for one in (*others, *((following,) if following else ())):
            one.woken.set()
