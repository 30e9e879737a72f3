"""A server's addresses, by network."""

from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import READER, Policy
from nova.core.shape import NO_QUERY
from nova.errors import NotFound
from nova.seams import ApiSeams
from nova.servers.load import find_for
from nova.servers.record.view import brief_addresses

LIST = Policy("ips:index", READER, "List a server's addresses")
SHOW = Policy("ips:show", READER, "List a server's addresses on one network")


class NotOnNetwork(NotFound):
    template = "Instance is not a member of specified network"


def _listed(call: Call[ApiSeams]) -> Any:
    return {"addresses": brief_addresses(find_for(call, LIST, "server_id").instance)}


def _shown(call: Call[ApiSeams]) -> Any:
    shown = brief_addresses(find_for(call, SHOW, "server_id").instance)
    if call.params["id"] not in shown:
        raise NotOnNetwork()
    return {call.params["id"]: shown[call.params["id"]]}


_PATH = "/servers/{server_id}/ips"
ROUTES = (
    Route("GET", _PATH, _listed, query=NO_QUERY, policies=(LIST,)),
    Route("GET", _PATH + "/{id}", _shown, query=NO_QUERY, policies=(SHOW,)),
)
