"""What a prefilter is: a function that narrows the query for a request."""

from collections.abc import Callable
from dataclasses import dataclass

from oslo_config import cfg

from nova.context import RequestContext
from nova.objects.cloud import Aggregate
from nova.scheduler.asking.narrowing import Narrowing
from nova.scheduler.request import Request

# The aggregates of each of a request's networks that is cut into segments.
Segments = Callable[[RequestContext, Request], list[frozenset[str]]]


@dataclass(frozen=True)
class Site:
    """What prefilters may look at besides the request.

    `oldest_service` is the lowest version among the computes (0: none known).
    `segments` answers, for the request's networks, the aggregates of each
    that is cut into segments; None when no network service is at hand.
    """

    conf: cfg.ConfigOpts
    aggregates: tuple[Aggregate, ...] = ()
    oldest_service: int = 0
    segments: Callable[[Request], list[frozenset[str]]] | None = None


Prefilter = Callable[[Request, Site], Narrowing | None]
