"""Hosts whose service is disabled are not asked for."""

from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

DISABLED = Narrowing(
    root_forbidden=frozenset({"COMPUTE_STATUS_DISABLED"}), reason="hosts that are enabled"
)


def compute_status_filter(request: Request, site: Site) -> Narrowing | None:
    return DISABLED
