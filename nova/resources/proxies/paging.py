"""Lists that another service gives as a whole, cut here."""

from collections.abc import Sequence
from typing import Any, TypeVar

from nova.core.call import Call
from nova.core.paging import amount
from nova.core.shape import LIMIT, Field, query
from nova.core.view import before
from nova.microversions import PROXIES_GONE

T = TypeVar("T")
UNTIL = before(PROXIES_GONE)
CUT = query(LIMIT, Field("offset", LIMIT.shape), closed=False)
ANY = query(closed=False)


def limited(call: Call[Any], found: Sequence[T]) -> Sequence[T]:
    """`limit` of them after the first `offset`."""
    most = call.seams.conf.api.max_limit
    offset = amount(call, "offset", 0)
    return found[offset : offset + min(amount(call, "limit", most) or most, most)]
