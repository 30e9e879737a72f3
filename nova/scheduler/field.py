"""Many hosts as columns of numbers: what is weighed by the thousand is weighed at once."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nova.scheduler.hosts import FROZEN, KINDS, NUMBERS, HostState

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


class Columns(Protocol):
    """Where a field's hosts and numbers come from; row by row the same host."""

    @property
    def states(self) -> Sequence[HostState]: ...

    @property
    def numbers(self) -> Numbers:
        """A row for each of NUMBERS."""

    def kinds(self, name: str) -> Indices:
        """For each host a number; equal ones have an equal attribute `name` (of KINDS)."""


class Field:
    """Some hosts in order, and their NUMBERS as arrays in the same order."""

    def __init__(self, hosts: Sequence[HostState]) -> None:
        self._source: Columns = Listed(hosts)
        self._rows: Indices | None = None
        self._numbers: Numbers | None = None

    @classmethod
    def of(cls, source: Columns, rows: Indices) -> "Field":
        """Copies the numbers, so that changes of the source are not seen here."""
        made = cls(())
        made._source, made._rows = source, rows
        made._numbers = source.numbers.take(rows, axis=1)
        return made

    def __len__(self) -> int:
        return len(self._source.states) if self._rows is None else len(self._rows)

    @property
    def rows(self) -> Indices | None:
        """The same object for fields of the same hosts; None: not known."""
        return self._rows

    @cached_property
    def hosts(self) -> Sequence[HostState]:
        states = self._source.states
        return states if self._rows is None else [states[row] for row in self._rows]

    def host(self, index: int) -> HostState:
        return self._source.states[index if self._rows is None else self._rows[index]]

    def column(self, name: str) -> Numbers:
        """One of NUMBERS of each host; not to be written to."""
        table = self._source.numbers if self._numbers is None else self._numbers
        column: Numbers = table[NUMBERS.index(name)]
        return column

    def only(self, wanted: Mask) -> "Field":
        """Those of the hosts where `wanted` is true."""
        rows = np.flatnonzero(wanted) if self._rows is None else self._rows[wanted]
        return Field.of(self._source, rows)

    def for_each(self, name: str, ask: Callable[[HostState], Any]) -> npt.NDArray[Any]:
        """`ask`, whose answer depends on the attribute `name` (of KINDS) alone, of every host:
        asked once for each value there is."""
        kinds = self._source.kinds(name)
        mine = kinds if self._rows is None else kinds[self._rows]
        if len(mine) and mine.min() == mine.max():
            return np.full(len(mine), ask(self.host(0)))
        _, first, inverse = np.unique(mine, return_index=True, return_inverse=True)
        answers = np.array([ask(self.host(index)) for index in first.tolist()])
        found: npt.NDArray[Any] = answers[inverse.reshape(-1)]
        return found

    @cached_property
    def in_aggregates(self) -> bool:
        """Whether an aggregate says anything about any of the hosts."""
        return bool(self.column("in_aggregates").any())


class Listed:
    """Columns of hosts that are just given."""

    def __init__(self, hosts: Sequence[HostState]) -> None:
        self.states = hosts

    @cached_property
    def numbers(self) -> Numbers:
        joined = b"".join([host.packed for host in self.states])
        rows = np.frombuffer(joined, dtype=np.float64).reshape(-1, len(FROZEN))
        return np.vstack((rows.T, [host.up_since for host in self.states]))

    def kinds(self, name: str) -> Indices:
        known: dict[Any, int] = {}
        return np.array([known.setdefault(kind_of(host, name), len(known))
                         for host in self.states], dtype=np.intp)


def kind_of(host: HostState, name: str) -> Any:
    """The value of an attribute as something that can be looked up."""
    value = getattr(host, name)
    return frozenset(value.items()) if isinstance(value, Mapping) else value


def numbers(values: Sequence[float]) -> Numbers:
    return np.array(values, dtype=np.float64)


__all__ = ["KINDS", "Columns", "Field", "Indices", "Listed", "Mask", "Numbers", "kind_of",
           "numbers"]
