"""The nodes of a host, several at a time ([compute]update_resources_max_workers)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from nova.core.clock import Clock

T = TypeVar("T")
R = TypeVar("R")


def abreast(clock: Clock, most: int, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """What `work` returns for each, in order.  All are tried; the first error is raised then."""
    if most < 2 or len(items) < 2:
        return [work(one) for one in items]
    done: dict[int, R] = {}
    failed: dict[int, Exception] = {}

    def attempt(number: int) -> None:
        try:
            done[number] = work(items[number])
        except Exception as error:
            failed[number] = error

    pool = clock.pool("nodes", min(most, len(items)))
    for number in range(len(items)):
        pool.submit(attempt, number)
    pool.close()
    if failed:
        raise failed[min(failed)]
    return [done[number] for number in range(len(items))]
