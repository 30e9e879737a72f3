"""What an answer shows of a record, at each microversion."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nova.microversions import BASE, Microversion

R = TypeVar("R")


@dataclass(frozen=True)
class Shown(Generic[R]):
    """One key of an answer: shown from `since` to `until`, both included."""

    name: str
    of: Callable[[R], Any]
    since: Microversion = BASE
    until: Microversion | None = None

    def exists(self, version: Microversion) -> bool:
        return self.since <= version and (self.until is None or version <= self.until)


def view(shown: Iterable[Shown[R]], record: R, version: Microversion) -> dict[str, Any]:
    return {each.name: each.of(record) for each in shown if each.exists(version)}


class Views(Generic[R]):
    """What is shown of records of one kind; each version's keys are looked up once."""

    def __init__(self, *shown: Shown[R]) -> None:
        self.shown = shown
        self._by_version: dict[Microversion, tuple[tuple[str, Callable[[R], Any]], ...]] = {}

    def of(self, record: R, version: Microversion) -> dict[str, Any]:
        found = self._by_version.get(version)
        if found is None:
            found = tuple((each.name, each.of) for each in self.shown if each.exists(version))
            self._by_version[version] = found
        return {name: of(record) for name, of in found}


def before(version: Microversion) -> Microversion:
    """The last version without what `version` brought: for `until=`."""
    return Microversion(version.major, version.minor - 1)
