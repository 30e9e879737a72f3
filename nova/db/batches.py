"""Long lists of parameters, in pieces every driver takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

LARGEST = 10_000


def batched(items: Sequence[T], largest: int = LARGEST) -> Iterator[Sequence[T]]:
    """`items` in order, at most `largest` at once; nothing for none."""
    for start in range(0, len(items), largest):
        yield items[start : start + largest]
