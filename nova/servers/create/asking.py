"""POST /scheduling-queries: where would it go?  Nothing is written, nothing is claimed."""

from dataclasses import replace
from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NO_QUERY, Field, array, integer, obj, string
from nova.errors import Refused
from nova.objects.cloud import RequestSpec
from nova.resources.additions import SCHEDULING
from nova.seams import ApiSeams
from nova.servers.create.recording import build_of
from nova.servers.create.shape import BODY as CREATE
from nova.servers.create.wish import wish_of

POLICY = Policy(
    "os-scheduling:queries", ADMIN, "Ask where servers would go, how many fit, who would not"
)
# Counting to it takes some seconds.
MOST = 10_000
DEFAULT_MOST = 1000

BODY = obj(Field("scheduling_query", obj(
    Field("create", CREATE),
    Field("count", integer(1, 1000)),
    Field("how_many", CREATE),
    Field("most", integer(1, MOST)),
    Field("without_hosts", array(string(min=1, max=255), minItems=1, maxItems=1000)),
    oneOf=[{"required": [name]} for name in ("create", "how_many", "without_hosts")],
), required=True))


def _ask(call: Call[ApiSeams]) -> Answer:
    asked = call.body["scheduling_query"]
    if "create" in asked:
        told = _where(call, asked["create"], int(asked.get("count", 1)))
    elif "how_many" in asked:
        [spec] = _specs(call, asked["how_many"], 1)
        given = {"spec": spec, "most": int(asked.get("most", DEFAULT_MOST))}
        told = call.seams.scheduler.would(call.context, "fit", given)
    else:
        given = {"hosts": asked["without_hosts"]}
        told = call.seams.scheduler.would(call.context, "be_left", given)
    return SCHEDULING.answer({"scheduling_query": told})


def _where(call: Call[ApiSeams], body: dict[str, Any], count: int) -> dict[str, Any]:
    specs = _specs(call, body, count)
    return call.seams.scheduler.would(call.context, "select", {"specs": specs})


def _specs(call: Call[ApiSeams], body: dict[str, Any], count: int) -> list[RequestSpec]:
    """What a create with this body would ask of the scheduler; refuses what it would refuse."""
    server = body["server"]
    if "min_count" in server or "max_count" in server:
        raise Refused(code=400, message="The number of servers is given by count, or most.")
    counted = {**server, "min_count": count, "max_count": count} if count > 1 else server
    wished = replace(call, body={**body, "server": counted})
    wish = wish_of(wished)
    return [build_of(wished, wish, number, "")[1] for number in range(wish.count)]


ROUTES = (
    Route("POST", "/scheduling-queries", _ask, POLICY, body=BODY, query=NO_QUERY),
)
