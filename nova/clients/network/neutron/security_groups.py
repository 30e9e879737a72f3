"""Security groups over HTTP, with the user's token."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from nova.clients.http import Answer, reason
from nova.clients.network.contract import (
    SecurityGroup,
    SecurityGroupInUse,
    SecurityGroupLimitExceeded,
    SecurityGroupNotFound,
)
from nova.clients.network.neutron import wire
from nova.clients.network.neutron.calls import NeutronCalls, Pairs, error_type, refused, repeated
from nova.clients.network.picking import pick
from nova.context import RequestContext

ALL = "/security-groups"
ONE = "/security-groups/{group}"


class NeutronSecurityGroups:
    def __init__(self, calls: NeutronCalls) -> None:
        self._calls = calls

    def resolve(self, context: RequestContext, names: Sequence[str]) -> tuple[SecurityGroup, ...]:
        if not names:
            return ()
        groups = self._list(context, _narrowest(context, names))
        return tuple(pick(groups, name) for name in dict.fromkeys(names))

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), name: str | None = None,
        *, of_all: bool = False,
    ) -> tuple[SecurityGroup, ...]:
        project = [] if ids or of_all else [("tenant_id", context.project_id or "")]
        by_name = [("name", name)] if name else []
        return self._list(context, [*repeated("id", ids), *project, *by_name])

    def create(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        body = {"security_group": {"name": name, "description": description}}
        answer = self._calls.send(context, "POST", ALL, body=body, as_user=True)
        return wire.security_group(_checked(answer, name).json()["security_group"])

    def update(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup:
        body = {"security_group": {"name": name, "description": description}}
        answer = self._calls.send(context, "PUT", ONE, body=body, as_user=True, group=group_id)
        return wire.security_group(_checked(answer, group_id).json()["security_group"])

    def delete(self, context: RequestContext, group_id: str) -> None:
        answer = self._calls.send(context, "DELETE", ONE, as_user=True, group=group_id)
        if answer.status == 409:
            raise SecurityGroupInUse(reason=reason(answer))
        _checked(answer, group_id)

    def add_rule(
        self, context: RequestContext, group_id: str, rule: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        body = {"security_group_rule": {**rule, "security_group_id": group_id}}
        answer = self._calls.send(context, "POST", "/security-group-rules", body=body, as_user=True)
        made: Mapping[str, Any] = _checked(answer, group_id).json()["security_group_rule"]
        return made

    def delete_rule(self, context: RequestContext, rule_id: str) -> None:
        path = "/security-group-rules/{rule}"
        _checked(self._calls.send(context, "DELETE", path, as_user=True, rule=rule_id), rule_id)

    def _list(self, context: RequestContext, query: Pairs) -> tuple[SecurityGroup, ...]:
        found = self._calls.listed(context, "security-groups", query, as_user=True)
        return tuple(wire.security_group(one) for one in found)


def _narrowest(context: RequestContext, names: Sequence[str]) -> Pairs:
    """A group named like an id is found too: then all of the project's are read."""
    if not any(_is_id(name) for name in names):
        return [("tenant_id", context.project_id or ""), *repeated("name", names)]
    if all(_is_id(name) for name in names):
        return repeated("id", names)
    return [("tenant_id", context.project_id or "")]


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name.lower()
    except ValueError:
        return False


def _checked(answer: Answer, name: str) -> Answer:
    if answer.status == 404:
        raise SecurityGroupNotFound(name=name)
    if error_type(answer) == "OverQuota":
        raise SecurityGroupLimitExceeded(reason=reason(answer))
    if not answer.ok:
        raise refused(answer)
    return answer
