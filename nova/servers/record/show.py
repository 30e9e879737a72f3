"""Show one server, and change what is only written about it."""

from functools import partial
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import shortest_address
from nova.core.policy import MEMBER, READER, Policy
from nova.core.shape import NAME, NO_QUERY, Field, obj, one_of, raw, string
from nova.errors import Refused, Unavailable
from nova.microversions import DESCRIPTION, HOSTNAME, UNPIN_ZONE
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.errors import InstanceNotReady
from nova.servers.load import Found, find, find_for
from nova.servers.record.beside import beside_of
from nova.servers.record.silent import silent_server
from nova.servers.record.view import VIEW_POLICIES, changed, full
from nova.servers.steps.shapes import DESCRIPTION_TEXT, HOSTNAMES
from nova.servers.steps.unique_names import renaming, with_name

SHOW = Policy("servers:show", READER, "Show a server")
UPDATE = Policy("servers:update", MEMBER, "Change the name and the like of a server")
COLUMNS = {
    "name": "display_name",
    "description": "display_description",
    "accessIPv4": "access_ip_v4",
    "accessIPv6": "access_ip_v6",
    "hostname": "hostname",
}
ADDRESSES = frozenset({"access_ip_v4", "access_ip_v6"})
# How often, and how many seconds apart, a server that is being placed is looked for.
PLACING_LOOKS, PLACING_SECONDS = 10, 0.1
OTHER_ZONE = (
    "Server can only be pinned to its current availability zone '{current}', but "
    "'{requested}' was requested."
)
UNPIN_FIRST = (
    "Cannot change pinned availability zone directly. Unpin first by setting "
    "pinned_availability_zone to null."
)
BODY = obj(Field("server", obj(
    Field("name", NAME),
    Field("OS-DCF:diskConfig", one_of("AUTO", "MANUAL")),
    Field("accessIPv4", string(format="ipv4")),
    Field("accessIPv6", string(format="ipv6")),
    Field("description", DESCRIPTION_TEXT, since=DESCRIPTION),
    Field("hostname", HOSTNAMES, since=HOSTNAME),
    Field("pinned_availability_zone", raw(oneOf=[
        {"type": "string", "minLength": 1, "maxLength": 255}, {"type": "null"}
    ]), since=UNPIN_ZONE),
), required=True))


def show_server(call: Call[ApiSeams]) -> Any:
    try:
        found = find_for(call, SHOW)
    except Unavailable as error:
        return {"server": silent_server(call, SHOW, error)}
    return {"server": full(call, found.instance, beside_of(call, [found.instance], groups=True))}


def update_server(call: Call[ApiSeams]) -> Any:
    found = find_for(call, UPDATE)
    wish = call.body["server"]
    _pin(call, found.instance, wish)
    instance = _write(call, found, _columns(wish))
    return {"server": after_change(call, instance)}


def after_change(call: Call[ApiSeams], instance: Instance) -> dict[str, Any]:
    """What is answered of a server that was changed."""
    return changed(call, instance, beside_of(call, [instance], groups=True))


def _columns(wish: dict[str, Any]) -> dict[str, Any]:
    columns = {COLUMNS[key]: value for key, value in wish.items() if key in COLUMNS}
    columns |= {name: shortest_address(columns[name]) for name in ADDRESSES & set(columns)}
    if "display_name" in columns:
        columns["display_name"] = columns["display_name"].strip()
    if "OS-DCF:diskConfig" in wish:
        columns["auto_disk_config"] = wish["OS-DCF:diskConfig"] == "AUTO"
    return columns


def _write(call: Call[ApiSeams], found: Found, columns: dict[str, Any]) -> Instance:
    """One that has no cell yet is changed where it waits; one that is just being placed is
    looked for again, for a moment."""
    uuid = found.instance.uuid
    for _ in range(PLACING_LOOKS):
        if not columns:
            return found.instance
        if found.cell is not None:
            update = partial(found.cell.instances.update, uuid, columns)
            return with_name(call, found.instance, columns, update)
        turn = renaming(call, found.instance, columns)
        changed_build = call.seams.stores.api.builds.change(uuid, columns, turn)
        if changed_build is not None:
            return changed_build
        call.seams.clock.sleep(PLACING_SECONDS)
        found = find(call, uuid)
    raise InstanceNotReady(instance_uuid=uuid)


def _pin(call: Call[ApiSeams], instance: Instance, wish: dict[str, Any]) -> None:
    """Unpin with null, or pin to the zone the server is in."""
    if "pinned_availability_zone" not in wish:
        return
    requested = wish["pinned_availability_zone"]
    spec = call.seams.stores.api.specs.get(instance.uuid)
    if requested is not None and spec.availability_zone not in (None, requested):
        raise Refused(code=409, message=UNPIN_FIRST)
    if requested is not None and requested != instance.availability_zone:
        message = OTHER_ZONE.format(current=instance.availability_zone, requested=requested)
        raise Refused(code=409, message=message)
    if spec.availability_zone != requested:
        spec.availability_zone = requested
        call.seams.stores.api.specs.save(spec)


ROUTES = (
    Route("GET", "/servers/{id}", show_server, query=NO_QUERY, policies=(SHOW, *VIEW_POLICIES)),
    Route("PUT", "/servers/{id}", update_server, body=BODY, policies=(UPDATE, *VIEW_POLICIES)),
)
