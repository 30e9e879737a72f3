"""The password that a guest made for its administrator and told, encrypted for its user:
shown, and forgotten."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN_OR_OWNER, MEMBER, READER, Policy
from nova.core.shape import NO_QUERY
from nova.seams import ApiSeams
from nova.servers.load import find_for

OLD_RULE = ("os_compute_api:os-server-password", ADMIN_OR_OWNER)
SHOW = Policy(
    "os-server-password:show", READER, "Show the encrypted password of a server",
    deprecated=OLD_RULE,
)
CLEAR = Policy(
    "os-server-password:clear", MEMBER, "Forget the encrypted password of a server",
    deprecated=OLD_RULE,
)
# It is longer than one value may be.
PIECES = tuple(f"password_{number}" for number in range(4))


def whole(known: Mapping[str, str]) -> str:
    return "".join(known.get(piece) or "" for piece in PIECES)


def show(call: Call[ApiSeams]) -> dict[str, Any]:
    return {"password": whole(find_for(call, SHOW, "server_id").instance.system_metadata)}


def clear(call: Call[ApiSeams]) -> None:
    found = find_for(call, CLEAR, "server_id")
    forgotten = {"system_metadata": dict.fromkeys(PIECES)}
    found.require_cell().instances.update(found.instance.uuid, forgotten)


_PATH = "/servers/{server_id}/os-server-password"
ROUTES = (
    Route("GET", _PATH, show, query=NO_QUERY, policies=(SHOW,)),
    Route("DELETE", _PATH, clear, success=204, policies=(CLEAR,)),
)
