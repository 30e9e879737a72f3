"""How a list is cut and ordered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """`limit` rows after the one named `marker` (exclusive), by `keys` in `directions`.

    `after` stands for a marker that another database keeps: its values of the keys
    that `sort_keys` of the list names.
    """

    limit: int | None = None
    marker: str | None = None
    keys: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    after: Mapping[str, Any] | None = None


WHOLE = Page()
"""The whole list, in its usual order."""
