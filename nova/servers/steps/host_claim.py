"""What a server gets of its host for itself, told to its record."""

from collections.abc import Mapping, Sequence
from typing import Any

from nova.clients.placement.contract import Resources
from nova.core.workflow import Run
from nova.seams import HostSeams


def claim_of_host(run: Run[HostSeams], mappings: Mapping[str, Sequence[str]]) -> None:
    """`mappings`: providers by group of its claim in placement.  Raises NoRoomOnHost."""

    def allocated() -> Mapping[str, Resources]:
        return run.seams.placement.allocations.get(run.context, run.instance.uuid).resources

    got = run.seams.books.claim(run.instance, mappings, allocated)
    if not got:
        return
    lines: dict[str, str] = got.pop("system_metadata", {})
    if lines:
        run.instance.system_metadata = {**run.instance.system_metadata, **lines}
        known: dict[str, Any] = run.changes.get("system_metadata", {})
        run.changes["system_metadata"] = {**known, **lines}
    run.change(**got)
    # Known before the guest runs: whoever comes after a crash must not share it.
    run.show(**got, **({"system_metadata": lines} if lines else {}))
