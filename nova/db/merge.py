"""One ordered list over many cells."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from nova.db.paging import Order
from nova.objects.server import Instance


def merged(lists: Iterable[Sequence[Instance]], order: Order) -> Iterator[Instance]:
    """The servers of lists that each have this order, in this order."""

    def compare(one: Instance, other: Instance) -> int:
        for key, way in order:
            found = _compared(getattr(one, key), getattr(other, key))
            if found:
                return found if way == "asc" else -found
        return 0

    return heapq.merge(*lists, key=cmp_to_key(compare))


def place_of(instance: Instance, order: Order) -> Mapping[str, Any]:
    """The values of the keys, to go on after this server in another cell."""
    return {key: getattr(instance, key) for key, _ in order}


def _compared(one: Any, other: Any) -> int:
    """As databases order them here: nothing comes before everything."""
    if one is None or other is None:
        return (one is not None) - (other is not None)
    return int(one > other) - int(one < other)
