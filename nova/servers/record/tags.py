"""A server's tags."""

import re
from typing import Any

from nova.core.action import RecordAction
from nova.core.call import Answer, Call, Route
from nova.core.policy import MEMBER, READER, Policy
from nova.core.shape import NULL, Field, array, obj, query
from nova.errors import NotFound, Refused
from nova.microversions import SERVER_TAGS
from nova.seams import ApiSeams
from nova.servers.face import guard
from nova.servers.load import Found, find_for
from nova.servers.record.metadata import CHANGEABLE
from nova.servers.steps.shapes import TAG

LIMIT = 50
LONGEST = 60
PATTERN = "^[^,/]*$"
BODY = obj(Field("tags", array(TAG, maxItems=LIMIT), required=True))
ANY_QUERY = query(closed=False)
LIST = Policy("os-server-tags:index", READER, "List a server's tags")
SHOW = Policy("os-server-tags:show", READER, "Check whether a server has a tag")
REPLACE = Policy("os-server-tags:update_all", MEMBER, "Replace a server's tags")
UPDATE = Policy("os-server-tags:update", MEMBER, "Add a tag to a server")
DELETE_ALL = Policy("os-server-tags:delete_all", MEMBER, "Delete a server's tags")
DELETE = Policy("os-server-tags:delete", MEMBER, "Delete a tag of a server")
INVALID = (
    "Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ','. "
    "Validation error message: {reason}"
)
TOO_MANY = f"The number of tags exceeded the per-server limit {LIMIT}"


class TagNotShown(NotFound):
    template = "Server {server_id} has no tag '{tag}'"


class TagNotFound(NotFound):
    template = "Instance {instance_uuid} has no tag '{tag}'"


class _Change(RecordAction):
    moves = CHANGEABLE
    refused_when_locked = False

    def __init__(self, word: str) -> None:
        self._word = word

    def refusal_word(self) -> str:
        return self._word


def _changeable(call: Call[ApiSeams], policy: Policy, word: str) -> Found:
    found = find_for(call, policy, "server_id")
    guard(call, _Change(word), found.instance)
    return found


def _listed(call: Call[ApiSeams]) -> Any:
    return {"tags": list(find_for(call, LIST, "server_id").instance.tags)}


def _shown(call: Call[ApiSeams]) -> Answer:
    instance = find_for(call, SHOW, "server_id").instance
    if call.params["id"] not in instance.tags:
        raise TagNotShown(server_id=instance.uuid, tag=call.params["id"])
    return Answer()


def _replaced(call: Call[ApiSeams]) -> Any:
    found = _changeable(call, REPLACE, "update tags")
    wanted = list(dict.fromkeys(call.body["tags"]))
    return {"tags": found.require_cell().instances.set_tags(found.instance.uuid, wanted)}


def _wrong(tag: str) -> str | None:
    """In a path it is no part of a body that a shape would check; the sentences are the same."""
    if len(tag) > LONGEST:
        return f"{tag!r} is too long"
    if re.search(PATTERN, tag) is None:
        return f"{tag!r} does not match {PATTERN!r}"
    return None


def _updated(call: Call[ApiSeams]) -> Answer:
    tag = call.params["id"]
    wrong = _wrong(tag)
    if wrong is not None:
        raise Refused(code=400, message=INVALID.format(tag=tag, reason=wrong))
    found = _changeable(call, UPDATE, "update tag")
    try:
        new = found.require_cell().instances.add_tag(found.instance.uuid, tag, LIMIT)
    except ValueError:
        raise Refused(code=400, message=TOO_MANY) from None
    if not new:
        return Answer(status=204)
    href = call.self_link("servers", found.instance.uuid, "tags", tag)["href"]
    return Answer(status=201, headers={"Location": href})


def _deleted(call: Call[ApiSeams]) -> Answer:
    found = _changeable(call, DELETE, "delete tag")
    if not found.require_cell().instances.delete_tag(found.instance.uuid, call.params["id"]):
        raise TagNotFound(instance_uuid=found.instance.uuid, tag=call.params["id"])
    return Answer()


def _all_deleted(call: Call[ApiSeams]) -> Answer:
    found = _changeable(call, DELETE_ALL, "delete tags")
    found.require_cell().instances.set_tags(found.instance.uuid, ())
    return Answer()


_PATH = "/servers/{server_id}/tags"
ROUTES = (
    Route("GET", _PATH, _listed, query=ANY_QUERY, since=SERVER_TAGS, policies=(LIST,)),
    Route("PUT", _PATH, _replaced, body=BODY, since=SERVER_TAGS, policies=(REPLACE,)),
    Route("DELETE", _PATH, _all_deleted, success=204, since=SERVER_TAGS, policies=(DELETE_ALL,)),
    Route("GET", _PATH + "/{id}", _shown, success=204, query=ANY_QUERY, since=SERVER_TAGS,
          policies=(SHOW,)),
    Route("PUT", _PATH + "/{id}", _updated, success=201, more_success=(204,), body=NULL,
          since=SERVER_TAGS, policies=(UPDATE,)),
    Route("DELETE", _PATH + "/{id}", _deleted, success=204, since=SERVER_TAGS,
          policies=(DELETE,)),
)
