"""POST .../action {rebuild}: check what was asked, accept it, show the server."""

from collections.abc import Callable
from typing import Any

from nova.core.call import Answer, Call, Route
from nova.core.policy import MEMBER, Policy
from nova.core.shape import BOOLEAN, NAME, UUID, Field, array, obj, one_of, raw, string
from nova.core.view import before
from nova.microversions import (
    DESCRIPTION,
    HOSTNAME,
    PERSONALITY_GONE,
    REBUILD_KEYPAIR,
    TRUSTED_CERTIFICATES,
)
from nova.objects.server import Instance
from nova.seams import ApiSeams
from nova.servers.face import accept, guard
from nova.servers.load import find_for, target_of
from nova.servers.rebuild.rebuild import POLICY, Rebuild
from nova.servers.rebuild.wish import Wish, wish_of
from nova.servers.steps.shapes import DESCRIPTION_TEXT, HOSTNAMES, METADATA

CERTIFICATES = "trusted_image_certificates"
TRUSTED_CERTS = Policy(
    "servers:rebuild:trusted_certs", MEMBER, "Rebuild a server with trusted image certificates"
)
BODY = obj(Field("rebuild", obj(
    Field("name", NAME),
    Field("imageRef", UUID, required=True),
    Field("adminPass", string()),
    Field("metadata", METADATA),
    Field("preserve_ephemeral", BOOLEAN),
    Field("OS-DCF:diskConfig", one_of("AUTO", "MANUAL")),
    Field("accessIPv4", string(format="ipv4")),
    Field("accessIPv6", string(format="ipv6")),
    Field("personality", array(obj(
        Field("path", string()), Field("contents", string(format="base64"))
    )), until=before(PERSONALITY_GONE)),
    Field("description", DESCRIPTION_TEXT, since=DESCRIPTION),
    Field("key_name", raw(oneOf=[
        {"type": "string", "minLength": 1, "maxLength": 255}, {"type": "null"}
    ]), since=REBUILD_KEYPAIR),
    Field("user_data", raw(type=["string", "null"], format="base64", maxLength=65535),
          since=PERSONALITY_GONE),
    Field(CERTIFICATES, raw(
        type=["array", "null"], minItems=1, maxItems=50, uniqueItems=True,
        items={"type": "string", "minLength": 1},
    ), since=TRUSTED_CERTIFICATES),
    Field("hostname", HOSTNAMES, since=HOSTNAME),
), required=True))  # fmt: skip

Shown = Callable[[Call[ApiSeams], Instance], dict[str, Any]]


def routes(shown: Shown, policies: tuple[Policy, ...]) -> tuple[Route, ...]:
    """`shown` is what changing a server answers, to those whom `policies` allow it."""

    def rebuild_server(call: Call[ApiSeams]) -> Answer:
        return _rebuilt(call, shown)

    return (
        Route(
            "POST", "/servers/{id}/action", rebuild_server, success=202, body=BODY,
            action="rebuild", policies=(POLICY, TRUSTED_CERTS, *policies),
        ),
    )  # fmt: skip


def _rebuilt(call: Call[ApiSeams], shown: Shown) -> Answer:
    found = find_for(call, POLICY)
    if CERTIFICATES in call.body["rebuild"]:
        call.enforce(TRUSTED_CERTS, target_of(found.instance))
    Rebuild().check(call, found.instance)
    guard(call, Rebuild(), found.instance)
    cell = found.require_cell()
    wish = wish_of(call, found.instance)
    accept(call, Rebuild(wish), found.instance, cell)
    return _answer(call, cell.instances.get(found.instance.uuid), wish, shown)


def _answer(
    call: Call[ApiSeams], instance: Instance, wish: Wish, shown: Shown
) -> Answer:
    body = shown(call, instance)
    if call.has(REBUILD_KEYPAIR):
        body["key_name"] = instance.key_name
    if call.has(PERSONALITY_GONE):
        body.pop("OS-EXT-SRV-ATTR:user_data", None)
        body["user_data"] = instance.user_data
    if call.seams.conf.api.enable_instance_password:
        body["adminPass"] = wish.password
    location = call.self_link("servers", instance.uuid)["href"]
    return Answer({"server": body}, headers={"Location": location})
