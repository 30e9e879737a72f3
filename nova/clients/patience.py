"""How often a call that failed is made again, and how long after."""

from dataclasses import dataclass
from typing import Any

# Answers of proxies in front of a service that is restarting.
GATEWAY_FAILURES = frozenset({502, 503, 504})
FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0


@dataclass(frozen=True)
class Patience:
    """Of one service, as the options of its group say; delays are in seconds, None lets them
    grow.

    `connects` are further tries where the connection failed.  `statuses` are further tries
    after an answer that is one of `codes`; None: as many as `connects`, of reads only.
    """

    connects: int = 3
    connect_delay: float | None = None
    statuses: int | None = None
    status_delay: float | None = None
    codes: frozenset[int] = GATEWAY_FAILURES

    @classmethod
    def of(cls, group: Any, usual: int = 3) -> "Patience":
        """`usual` is how often where connect_retries says nothing."""
        told = group.connect_retries
        codes = frozenset(int(code) for code in group.retriable_status_codes or ())
        return cls(
            usual if told is None else told,
            group.connect_retry_delay,
            group.status_code_retries,
            group.status_code_retry_delay,
            codes or GATEWAY_FAILURES,
        )


class Tries:
    """Those of one call.  Each answers the seconds to wait before the next, or None: enough."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = self._statuses = 0

    def after_failure(self) -> float | None:
        if self._failures >= self._patience.connects:
            return None
        self._failures += 1
        return _delay(self._patience.connect_delay, self._failures)

    def after_status(self, status: int, *, reads: bool, once: bool) -> float | None:
        """`reads`: it changes nothing; `once`: it cannot be sent again."""
        asked = self._patience.statuses
        most = asked if asked is not None else self._patience.connects if reads else 0
        if once or status not in self._patience.codes or self._statuses >= most:
            return None
        self._statuses += 1
        return _delay(self._patience.status_delay, self._statuses)


def _delay(fixed: float | None, number: int) -> float:
    """Before the `number`th further try (from 1)."""
    return min(FIRST_DELAY * 2 ** min(number - 1, 16), LONGEST_DELAY) if fixed is None else fixed
