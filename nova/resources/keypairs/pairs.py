"""Making, importing, showing and removing key pairs."""

from collections.abc import Mapping
from typing import Any

from nova.core.call import Call, Route
from nova.core.formats import microseconds
from nova.core.paging import cut
from nova.core.policy import ADMIN_OR_USER, Policy
from nova.core.shape import (
    LIMIT,
    MARKER,
    Field,
    Legacy,
    Raw,
    Shape,
    Versioned,
    obj,
    one_of,
    query,
    string,
)
from nova.core.view import Shown, before, view
from nova.errors import Invalid
from nova.microversions import (
    BASE,
    KEYPAIR_IMPORT_ONLY,
    KEYPAIR_PAGES,
    KEYPAIR_TYPES,
    KEYPAIRS_OF_USERS,
    STRICT_PARAMETERS,
)
from nova.objects.cloud import KeyPair
from nova.objects.store.errors import MarkerNotFound
from nova.objects.store.page import Page
from nova.resources.keypairs import ssh, x509
from nova.resources.keypairs.material import SSH, X509, Made
from nova.resources.quotas.limits import limits_of
from nova.seams import ApiSeams


class KeypairMarkerNotFound(Invalid):
    template = "Marker {marker} could not be found."


INDEX = Policy("os-keypairs:index", ADMIN_OR_USER, "List key pairs of a user")
SHOW = Policy("os-keypairs:show", ADMIN_OR_USER, "Show a key pair")
CREATE = Policy("os-keypairs:create", ADMIN_OR_USER, "Create or import a key pair")
DELETE = Policy("os-keypairs:delete", ADMIN_OR_USER, "Delete a key pair")


def _name(pattern: str) -> Shape:
    letters = Raw({"type": "string", "minLength": 1, "maxLength": 255, "pattern": pattern})
    printable = string(min=1, max=255, format="name")
    return Raw({"allOf": [printable.document, letters.document]})


_NAME = Legacy(
    string(min=1, max=255, format="name_with_leading_trailing_spaces"),
    Versioned((
        (BASE, _name(r"^[_\- a-zA-Z0-9]+$")),
        (KEYPAIR_IMPORT_ONLY, _name(r"^[_\-\@\. a-zA-Z0-9]+$")),
    )),
)
_USER = Field("user_id", string(), since=KEYPAIRS_OF_USERS)
BODY = obj(Field("keypair", obj(
    Field("name", _NAME, required=True),
    Field("type", one_of(SSH, X509), since=KEYPAIR_TYPES),
    Field("public_key", string(), required=KEYPAIR_IMPORT_ONLY),
    _USER,
), required=True))
OF_USER = query(_USER, closed=STRICT_PARAMETERS)
LIST = query(
    _USER,
    Field("limit", LIMIT.shape, since=KEYPAIR_PAGES),
    Field("marker", MARKER.shape, since=KEYPAIR_PAGES),
    closed=STRICT_PARAMETERS,
)

_LISTED: tuple[Shown[KeyPair], ...] = (
    Shown("name", lambda k: k.name),
    Shown("public_key", lambda k: k.public_key),
    Shown("fingerprint", lambda k: k.fingerprint),
    Shown("type", lambda k: k.type, since=KEYPAIR_TYPES),
)
_CREATED: tuple[Shown[KeyPair], ...] = (*_LISTED, Shown("user_id", lambda k: k.user_id))
_WHOLE: tuple[Shown[KeyPair], ...] = (
    *_CREATED,
    Shown("id", lambda k: k.id),
    Shown("created_at", lambda k: microseconds(k.created_at)),
    Shown("updated_at", lambda k: None),
    Shown("deleted", lambda k: False),
    Shown("deleted_at", lambda k: None),
)


def _user(call: Call[ApiSeams], policy: Policy, asked: str | None) -> str:
    """Whose key pairs the call is about; enforces the policy on that user."""
    user_id = asked or call.context.user_id or ""
    call.enforce(policy, {"user_id": user_id, "project_id": call.context.project_id})
    return user_id


def _list(call: Call[ApiSeams]) -> Any:
    user_id = _user(call, INDEX, call.parameter("user_id"))
    page = _page(call)
    try:
        found = call.seams.stores.api.keypairs.find(user_id, page)
    except MarkerNotFound:
        raise KeypairMarkerNotFound(marker=page.marker) from None
    shown = [{"keypair": view(_LISTED, pair, call.version)} for pair in found]
    answer: dict[str, Any] = {"keypairs": shown}
    if found and len(found) == page.limit:
        answer["keypairs_links"] = [call.next_link(found[-1].name)]
    return answer


def _page(call: Call[ApiSeams]) -> Page:
    """All of them before there were pages."""
    if not call.has(KEYPAIR_PAGES):
        return Page()
    asked = cut(call, call.seams.conf.api.max_limit)
    return Page(asked.limit, asked.marker)


def _show(call: Call[ApiSeams]) -> Any:
    user_id = _user(call, SHOW, call.parameter("user_id"))
    pair = call.seams.stores.api.keypairs.get(user_id, call.params["id"])
    return {"keypair": view(_WHOLE, pair, call.version)}


def _create(call: Call[ApiSeams]) -> Any:
    asked = call.body["keypair"]
    user_id = _user(call, CREATE, asked.get("user_id"))
    kind = asked.get("type", SSH)
    made = None if "public_key" in asked else _generate(call, user_id, kind)
    pair = call.seams.stores.api.keypairs.create(
        _record(user_id, kind, asked, made), limits_of(call)["key_pairs"]
    )
    shown = view(_CREATED, pair, call.version)
    if made is not None:
        shown["private_key"] = made.private_key
    return {"keypair": shown}


def _generate(call: Call[ApiSeams], user_id: str, kind: str) -> Made:
    return x509.generate(user_id, call.seams.clock.now()) if kind == X509 else ssh.generate()


def _record(user_id: str, kind: str, asked: Mapping[str, Any], made: Made | None) -> KeyPair:
    public = asked["public_key"] if made is None else made.public_key
    read = x509.fingerprint if kind == X509 else ssh.fingerprint
    return KeyPair(
        name=asked["name"].strip(),
        user_id=user_id,
        type=kind,
        public_key=public,
        fingerprint=read(public) if made is None else made.fingerprint,
    )


def _delete(call: Call[ApiSeams]) -> None:
    user_id = _user(call, DELETE, call.parameter("user_id"))
    call.seams.stores.api.keypairs.delete(user_id, call.params["id"])


_ALL, _ONE = "/os-keypairs", "/os-keypairs/{id}"
_OLD = before(KEYPAIR_TYPES)
ROUTES = (
    Route("GET", _ALL, _list, query=LIST, policies=(INDEX,)),
    Route("GET", _ONE, _show, query=OF_USER, policies=(SHOW,)),
    Route("POST", _ALL, _create, body=BODY, policies=(CREATE,), until=_OLD),
    Route("POST", _ALL, _create, body=BODY, policies=(CREATE,), since=KEYPAIR_TYPES, success=201),
    Route("DELETE", _ONE, _delete, query=OF_USER, policies=(DELETE,), until=_OLD, success=202),
    Route(
        "DELETE", _ONE, _delete, query=OF_USER, policies=(DELETE,), since=KEYPAIR_TYPES, success=204
    ),
)
