"""The interfaces of a server: listed, shown, attached and detached."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import Port, vifs_from_json
from nova.core.call import Answer, Call, Route
from nova.core.policy import READER, Policy
from nova.core.shape import NO_QUERY, Field, array, obj, string
from nova.errors import NotFound, Refused
from nova.microversions import ATTACH_TAGS, ATTACHED_TAGS
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.attach.attach_interface import (
    ATTACH,
    EXTERNAL_NETWORK,
    OLD_RULE,
    InterfaceAttachFailed,
)
from nova.servers.attach.detach_interface import DETACH
from nova.servers.face import accept, end_of, guard, request
from nova.servers.load import find_for, target_of
from nova.servers.steps.shapes import IP_ADDRESS, TAG

LIST = Policy(
    "os-attach-interfaces:list", READER, "List the interfaces of a server", deprecated=OLD_RULE
)
SHOW = Policy(
    "os-attach-interfaces:show", READER, "Show an interface of a server", deprecated=OLD_RULE
)


class NoSuchInterface(NotFound):
    template = "Instance {instance_uuid} does not have a port with id {port_id}"


def list_interfaces(call: Call[ApiSeams]) -> dict[str, Any]:
    instance = find_for(call, LIST, "server_id").instance
    ports = call.seams.network.ports(call.context, instance.uuid)
    tags = _tags(instance)
    return {"interfaceAttachments": [_view(call, port, tags.get(port.id)) for port in ports]}


def show_interface(call: Call[ApiSeams]) -> dict[str, Any]:
    instance = find_for(call, SHOW, "server_id").instance
    port = call.seams.network.port(call.context, call.params["id"])
    if port.device_id != instance.uuid:
        raise NoSuchInterface(instance_uuid=instance.uuid, port_id=port.id)
    return {"interfaceAttachment": _view(call, port, _tags(instance).get(port.id))}


def attach(call: Call[ApiSeams]) -> dict[str, Any]:
    found = find_for(call, ATTACH.policy, "server_id")
    instance = found.instance
    call.enforce(SHOW, target_of(instance))
    ATTACH.check(call, instance)
    guard(call, ATTACH, instance)
    cell = found.require_cell()
    try:
        made = end_of(call, cell, accept(call, ATTACH, instance, cell))
    except InterfaceAttachFailed as error:
        raise Refused(code=500, message=error.message) from error
    port = call.seams.network.port(call.context, made["port_id"])
    return {"interfaceAttachment": _view(call, port, made["tag"])}


def detach(call: Call[ApiSeams]) -> Answer:
    return request(call, DETACH, call.params["server_id"])


def _tags(instance: Instance) -> dict[str, str | None]:
    return {vif.port_id: vif.tag for vif in vifs_from_json(instance.network_info)}


def _view(call: Call[ApiSeams], port: Port, tag: str | None) -> Mapping[str, Any]:
    shown: dict[str, Any] = {
        "port_state": port.status,
        "port_id": port.id,
        "net_id": port.network_id,
        "mac_addr": port.mac,
        "fixed_ips": [
            {"subnet_id": one.subnet_id, "ip_address": one.ip} for one in port.addresses
        ],
    }
    return shown | ({"tag": tag} if call.has(ATTACHED_TAGS) else {})


BODY = obj(Field("interfaceAttachment", obj(
    Field("net_id", string(format="uuid")),
    Field("port_id", string(format="uuid")),
    Field("fixed_ips", array(obj(Field("ip_address", IP_ADDRESS, required=True)),
                             minItems=1, maxItems=1)),
    Field("tag", TAG, since=ATTACH_TAGS),
)))
_PATH = "/servers/{server_id}/os-interface"
ROUTES = (
    Route("GET", _PATH, list_interfaces, query=NO_QUERY, policies=(LIST,)),
    Route("GET", _PATH + "/{id}", show_interface, query=NO_QUERY, policies=(SHOW,)),
    Route("POST", _PATH, attach, body=BODY, policies=(ATTACH.policy, SHOW, EXTERNAL_NETWORK)),
    Route("DELETE", _PATH + "/{id}", detach, success=202, policies=(DETACH.policy,)),
)
