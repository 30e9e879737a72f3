"""Providers of other services may share a tree with ours."""

from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

# The compute service version from which every host marks its providers.
MARKED_SINCE = 73
OWNED = Narrowing(
    root_required=frozenset({"OWNER_NOVA"}), group_required=frozenset({"OWNER_NOVA"}),
    reason="hosts of this service",
)


def owner_nova_filter(request: Request, site: Site) -> Narrowing | None:
    return OWNED if site.oldest_service >= MARKED_SINCE else None
