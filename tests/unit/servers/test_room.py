"""How many servers a project's limits leave room for."""

import pytest

from nova.resources.quotas.limits import UNLIMITED, exceeds
from nova.resources.quotas.room import Room


@pytest.mark.parametrize(
    ("allowed", "used", "each", "most", "count"),
    [
        (10, 0, 1, 3, 3),
        (10, 8, 1, 3, 2),
        (10, 8, 3, 3, 0),
        (10, 12, 1, 3, 0),
        (UNLIMITED, 10**9, 4, 3, 3),
        (0, 0, 0, 3, 3),
        (10, 0, 4, 10**9, 2),
    ],
)
def test_count(allowed: int, used: int, each: int, most: int, count: int) -> None:
    assert Room("cores", allowed, used, each).count(most) == count


def test_exceeds() -> None:
    assert exceeds(3, 2)
    assert not exceeds(2, 2)
    assert not exceeds(3, UNLIMITED)
