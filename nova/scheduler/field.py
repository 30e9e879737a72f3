"""Many hosts as columns of numbers: what is weighed by the thousand is weighed at once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nova.scheduler.hosts import NUMBERS, HostState

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Field:
    """Hosts in order, and their NUMBERS as arrays in the same order."""

    def __init__(self, hosts: Sequence[HostState]) -> None:
        self.hosts = hosts

    def __len__(self) -> int:
        return len(self.hosts)

    def column(self, name: str) -> Numbers:
        """One of NUMBERS of each host; not to be written to."""
        column: Numbers = self._table[NUMBERS.index(name)]
        return column

    @cached_property
    def _table(self) -> Numbers:
        joined = b"".join([host.packed for host in self.hosts])
        rows = np.frombuffer(joined, dtype=np.float64).reshape(-1, len(NUMBERS))
        return np.ascontiguousarray(rows.T)

    @cached_property
    def in_aggregates(self) -> bool:
        """Whether an aggregate says anything about any of the hosts."""
        return bool(self.column("in_aggregates").any())


def numbers(values: Sequence[float]) -> Numbers:
    return np.array(values, dtype=np.float64)
