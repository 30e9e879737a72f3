"""What a server holds in placement."""

from typing import Any

from nova.core.workflow import Run, Side, Step


def drop_allocation(run: Run[Any]) -> None:
    run.seams.placement.allocations.delete(run.context, run.instance.uuid)


class DropAllocation(Step):
    on = Side.EITHER

    def do(self, run: Run[Any]) -> None:
        drop_allocation(run)
