"""Moves stay in their cell when they can."""

from nova.scheduler.field import Field, Numbers, numbers
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class CrossCellWeigher(Weigher):
    option = "cross_cell_move_weight_multiplier"

    def raw(self, request: Request, field: Field) -> Numbers | None:
        cell = request.preferred_cell
        if cell is None:
            return None
        return numbers([1.0 if host.cell_uuid == cell else -1.0 for host in field.hosts])
