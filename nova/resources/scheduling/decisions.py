"""Why a server is where it is, or nowhere: /servers/{id}/scheduling-decisions."""

from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.paging import amount
from nova.core.policy import ADMIN, READER, Policy
from nova.core.shape import LIMIT, query
from nova.objects.decisions import Decision
from nova.objects.store.errors import InstanceNotFound
from nova.resources.additions import SCHEDULING
from nova.seams import ApiSeams

INDEX = Policy(
    "os-scheduling:decisions", READER, "List the scheduler's decisions about a server"
)
HOSTS = Policy(
    "os-scheduling:decisions:hosts", ADMIN, "See what the scheduler found out about each host"
)


def _list(call: Call[ApiSeams]) -> Answer:
    """The latest first.  Also of a server that was deleted, or has no cell yet."""
    uuid = call.params["id"]
    mapping = call.seams.stores.api.mappings.get(uuid)
    if not (call.context.is_admin or mapping.project_id == call.context.project_id):
        raise InstanceNotFound(instance_id=uuid)
    target = {"project_id": mapping.project_id, "user_id": mapping.user_id}
    call.enforce(INDEX, target)
    most = call.seams.conf.api.max_limit
    limit = min(amount(call, "limit", most), most)
    found = call.seams.stores.api.decisions.of_server(uuid, limit) if limit else []
    whole = call.allows(HOSTS, target)
    return SCHEDULING.answer({"scheduling_decisions": [shown(one, whole=whole) for one in found]})


def shown(decision: Decision, *, whole: bool) -> dict[str, Any]:
    """Users read when, what for, and a sentence; hosts are their operator's business."""
    brief = {
        "at": decision.at.isoformat(),
        "kind": decision.kind,
        "request_id": decision.request_id,
        "result": "refused" if decision.host is None else "placed",
        "reason": decision.reason,
    }
    return brief | _for_operators(decision) if whole else brief


def _for_operators(decision: Decision) -> dict[str, Any]:
    found = decision.findings
    return {
        "host": decision.host,
        "node": decision.node,
        "seconds": round(decision.seconds, 6),
        "asked": dict(found.asked),
        "causes": [dict(one) for one in found.causes],
        "hosts": list(found.verdicts()),
        "omitted_hosts": found.omitted,
    }


ROUTES = (
    Route(
        "GET", "/servers/{id}/scheduling-decisions", _list, query=query(LIMIT),
        policies=(INDEX, HOSTS),
    ),
)
