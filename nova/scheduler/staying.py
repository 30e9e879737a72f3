"""A server that stays on its host gets a new image: only some filters have a say."""

from collections.abc import Sequence

from nova.objects.cloud import Selection
from nova.scheduler.explain import Verdict
from nova.scheduler.field import Field
from nova.scheduler.hosts import HostState
from nova.scheduler.judges import Judging
from nova.scheduler.pipeline import Pipeline
from nova.scheduler.request import Request
from nova.scheduler.selection import selection
from nova.scheduler.sifting import sifted


def stay(
    request: Request, pipeline: Pipeline, judges: Judging
) -> tuple[HostState | None, Sequence[Verdict]]:
    """The named node, if the rebuild filters let it.  Placement is not asked: nothing is
    taken that the server does not have."""
    left = Field(pipeline.here(request))
    tests = [test for every_server in (False, True)
             for test in judges.tests(request, every_server=every_server)]
    left, verdicts = sifted(left, tests)
    return (left.host(0) if len(left) else None), verdicts


def where_it_is(host: HostState) -> list[Selection]:
    return [selection(host, None, {})]
