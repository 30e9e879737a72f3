"""/allocation_candidates"""

from nova.placement.api import candidates_query, candidates_view
from nova.placement.api.request import Reply, Request


def index(request: Request) -> Reply:
    searcher = request.services.searcher
    with searcher.current() as mirror:
        # Only now are names what they are in the database.
        question = candidates_query.parse(request, request.query())
        answer = searcher.candidates(mirror, question)
        body = candidates_view.encode(request, mirror, question, answer)
    return Reply(body=body, changed_at=request.now)
