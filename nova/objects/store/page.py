"""How a list is cut and ordered."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """`limit` rows after the one named `marker` (exclusive), by `keys` in `directions`."""

    limit: int | None = None
    marker: str | None = None
    keys: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
