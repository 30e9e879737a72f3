"""Moves stay in their cell when they can."""

from collections.abc import Sequence

from nova.scheduler.hosts import HostState
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class CrossCellWeigher(Weigher):
    option = "cross_cell_move_weight_multiplier"

    def raw(self, request: Request, hosts: Sequence[HostState]) -> Sequence[float] | None:
        cell = request.preferred_cell
        if cell is None:
            return None
        return [1.0 if host.cell_uuid == cell else -1.0 for host in hosts]
