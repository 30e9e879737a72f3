"""POST /servers: check what was asked, record it, answer."""

from typing import Any

from oslo_utils import strutils

from nova.core.call import Answer, Call, Route
from nova.seams import ApiSeams
from nova.servers.create.build import POLICY
from nova.servers.create.devices import ATTACH_VOLUME, ZERO_DISK
from nova.servers.create.networks import ATTACH_NETWORK, EXTERNAL_NETWORK, group_names
from nova.servers.create.recording import build_of, new_reservation
from nova.servers.create.shape import BODY
from nova.servers.create.wish import TRUSTED_CERTS, Wish, wish_of
from nova.servers.create.zone import FORCED_HOST, REQUESTED_DESTINATION
from nova.servers.steps.unique_names import turn_of


def create_server(call: Call[ApiSeams]) -> Answer:
    call.enforce(POLICY)
    wish = wish_of(call)
    reservation = new_reservation()
    builds = [build_of(call, wish, number, reservation) for number in range(wish.count)]
    uuids = [build.instance_uuid for build, _ in builds]
    names = [build.instance.display_name or "" for build, _ in builds]
    call.seams.stores.api.builds.record(
        builds, wish.group.uuid if wish.group else None, in_turn=wish.ledger.takes_turns,
        turn=turn_of(call, call.context.project_id, names),
    )
    wish.ledger.require_turn(wish.flavor, uuids)
    call.seams.conductor.build(call.context, uuids)
    if strutils.bool_from_string(wish.server.get("return_reservation_id", False)):
        return Answer({"reservation_id": reservation})
    return _answer(call, wish, builds[0][0].instance)


def _answer(call: Call[ApiSeams], wish: Wish, first: Any) -> Answer:
    """About the first of the servers."""
    names = group_names(wish.server) or ["default"]
    body: dict[str, Any] = {
        "id": first.uuid,
        "links": call.links("servers", first.uuid),
        "OS-DCF:diskConfig": "AUTO" if first.auto_disk_config else "MANUAL",
        "security_groups": [{"name": name} for name in names],
    }
    if call.seams.conf.api.enable_instance_password:
        body["adminPass"] = wish.password
    location = call.self_link("servers", first.uuid)["href"]
    return Answer({"server": body}, headers={"Location": location})


ROUTES = (
    Route(
        "POST", "/servers", create_server, success=202, body=BODY,
        policies=(
            POLICY, TRUSTED_CERTS, FORCED_HOST, REQUESTED_DESTINATION, ATTACH_VOLUME,
            ATTACH_NETWORK, ZERO_DISK, EXTERNAL_NETWORK,
        ),
    ),
)
