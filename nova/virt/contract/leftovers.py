"""What is left of guests that are gone."""

from collections.abc import Sequence
from typing import Protocol


class Leftovers(Protocol):
    def found(self) -> Sequence[str]:
        """The ids of guests that were destroyed while something kept their files, or while
        their ports could not be unplugged; of the latter, those that can be now."""

    def remove(self, uuid: str) -> bool:
        """Whether nothing is left now."""
