"""Long lists of parameters, in pieces every driver takes."""

from collections.abc import Iterator, Sequence

LARGEST = 10_000


def batched(items: Sequence[str], largest: int = LARGEST) -> Iterator[Sequence[str]]:
    """`items` in order, at most `largest` at once; nothing for none."""
    for start in range(0, len(items), largest):
        yield items[start : start + largest]
