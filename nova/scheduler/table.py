"""All known hosts as columns that stay from one request to the next."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nova.scheduler.field import Field, Indices, Numbers, kind_of
from nova.scheduler.hosts import KINDS, NUMBERS, HostState

SMALLEST = 64
_UP_SINCE = NUMBERS.index("up_since")


class Table:
    """A row for each node, in the order of their coming; rows are changed, never moved.

    One writer at a time; readers take a Field, which has a copy of the numbers.
    """

    def __init__(self, hosts: Iterable[HostState] = ()) -> None:
        self.states: list[HostState] = []
        self._row: dict[str, int] = {}
        self._numbers = np.zeros((len(NUMBERS), SMALLEST))
        self._kinds = {name: np.zeros(SMALLEST, dtype=np.intp) for name in KINDS}
        self._known: dict[str, dict[Any, int]] = {name: {} for name in KINDS}
        for host in hosts:
            self.put(host)

    @property
    def numbers(self) -> Numbers:
        found: Numbers = self._numbers[:, : len(self.states)]
        return found

    def kinds(self, name: str) -> Indices:
        found: Indices = self._kinds[name][: len(self.states)]
        return found

    def put(self, host: HostState) -> None:
        """A new host, or a new state of one."""
        row = self._row.get(host.uuid)
        before = None if row is None else self.states[row]
        if row is None:
            row = self._new_row(host)
        self.states[row] = host
        self._numbers[:_UP_SINCE, row] = np.frombuffer(host.packed, dtype=np.float64)
        self._numbers[_UP_SINCE, row] = host.up_since
        for name in KINDS:
            if before is None or getattr(before, name) is not getattr(host, name):
                known = self._known[name]
                self._kinds[name][row] = known.setdefault(kind_of(host, name), len(known))
        # Found by others only now that it is complete.
        self._row[host.uuid] = row

    def beat(self) -> None:
        """Services reported; nothing else changed."""
        reports = [host.service.up_since for host in self.states]
        self._numbers[_UP_SINCE, : len(reports)] = reports

    def rows(self, uuids: Iterable[str]) -> Indices:
        """Of those that are known, in order."""
        found = [row for row in map(self._row.get, uuids) if row is not None]
        return np.array(found, dtype=np.intp)

    def field(self, rows: Indices) -> Field:
        return Field.of(self, rows)

    def get(self, uuid: str) -> HostState | None:
        row = self._row.get(uuid)
        return None if row is None else self.states[row]

    def all(self) -> Sequence[HostState]:
        return list(self.states)

    def _new_row(self, host: HostState) -> int:
        row = len(self.states)
        if row == self._numbers.shape[1]:
            self._grow()
        self.states.append(host)
        return row

    def _grow(self) -> None:
        """Into new arrays: whoever reads the old ones goes on."""
        self._numbers = np.concatenate((self._numbers, np.zeros_like(self._numbers)), axis=1)
        self._kinds = {name: np.concatenate((kinds, np.zeros_like(kinds)))
                       for name, kinds in self._kinds.items()}
