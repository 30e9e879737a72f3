"""A server that stays on its host gets a new image: only some filters have a say."""

from nova.objects.cloud import Selection
from nova.scheduler.errors import no_valid_host
from nova.scheduler.explain import gaps
from nova.scheduler.field import Field
from nova.scheduler.pipeline import NOWHERE, Pipeline
from nova.scheduler.plan import Judges
from nova.scheduler.request import Request
from nova.scheduler.selection import selection
from nova.scheduler.sifting import sifted, tests_of


def stay(request: Request, pipeline: Pipeline, judges: Judges) -> list[Selection]:
    """The named node, if the rebuild filters let it.  Placement is not asked: nothing is
    taken that the server does not have.  Raises NoValidHost."""
    left = Field(pipeline.here(request))
    tests = [test for every_server in (False, True)
              for test in tests_of(judges.filters, request, every_server=every_server)]
    left, verdicts = sifted(left, tests)
    if not len(left):
        raise no_valid_host(NOWHERE, gaps(verdicts))
    return [selection(left.host(0), None, {})]
