"""Version predicates of images: ">=5.0, <7" against a packed hypervisor version."""

import operator
import re
from collections.abc import Callable

COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">=": operator.ge, ">": operator.gt, "=": operator.eq,
}
_TERM = re.compile(r"^\s*(<=|>=|==|!=|<|>|=)\s*(\d+(?:\.\d+)*)\s*$")
PLACES = 3


def unpack(version: int) -> tuple[int, ...]:
    """4002001 is 4.2.1: three decimal digits a place."""
    return version // 1_000_000, version // 1000 % 1000, version % 1000


def satisfies(version: int, predicate: str) -> bool:
    """Whether all comma separated terms hold.  A term that cannot be read holds never."""
    return all(_holds(version, term) for term in predicate.split(","))


def _holds(version: int, term: str) -> bool:
    found = _TERM.match(term)
    if found is None:
        return False
    wanted = tuple(int(place) for place in found.group(2).split("."))
    padded = (*wanted, *(0,) * (PLACES - len(wanted)))
    return COMPARE[found.group(1)](unpack(version), padded)
