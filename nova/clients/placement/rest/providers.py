"""Resource providers: making, finding, removing."""

from collections.abc import Mapping, Sequence
from typing import Any

from nova.clients.http import Answer, reason
from nova.clients.placement.contract import (
    Provider,
    ProviderInUse,
    ProviderNameTaken,
    ProviderUsage,
)
from nova.clients.placement.rest.calls import PROVIDERS, PlacementCalls, refusal
from nova.context import RequestContext

ALL = "/resource_providers"
ONE = "/resource_providers/{provider}"


class RestProviders:
    def __init__(self, calls: PlacementCalls) -> None:
        self._calls = calls

    def get(self, context: RequestContext, provider_id: str) -> Provider | None:
        answer = self._calls.send(context, "GET", ONE, PROVIDERS, provider=provider_id)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise refusal(answer, provider_id)
        return _read(answer.json())

    def named(self, context: RequestContext, name: str) -> Provider | None:
        found = self._list(context, [("name", name)])
        return found[0] if found else None

    def every(self, context: RequestContext) -> tuple[Provider, ...]:
        return self._list(context, [])

    def tree(self, context: RequestContext, provider_id: str) -> tuple[Provider, ...]:
        return self._list(context, [("in_tree", provider_id)])

    def in_aggregates(
        self, context: RequestContext, aggregates: Sequence[str], required: Sequence[str] = ()
    ) -> tuple[Provider, ...]:
        query = [("member_of", "in:" + ",".join(sorted(aggregates)))]
        query += [("required", ",".join(sorted(required)))] if required else []
        return self._list(context, query)

    def ensure(
        self, context: RequestContext, provider_id: str, name: str, parent_id: str | None = None
    ) -> Provider:
        found = self.get(context, provider_id) or self._create(
            context, provider_id, name, parent_id
        )
        if (found.name, found.parent_id) == (name, parent_id):
            return found
        return self._rename(context, provider_id, name, parent_id)

    def delete(self, context: RequestContext, provider_id: str) -> bool:
        answer = self._calls.send(context, "DELETE", ONE, PROVIDERS, provider=provider_id)
        if answer.status == 409:
            raise ProviderInUse(provider_id=provider_id, reason=reason(answer))
        if not answer.ok and answer.status != 404:
            raise refusal(answer, provider_id)
        return answer.ok

    def usages(self, context: RequestContext, provider_id: str) -> ProviderUsage:
        body = self._calls.read(context, ONE + "/usages", PROVIDERS, provider=provider_id)
        return ProviderUsage(body["resource_provider_generation"], body["usages"])

    def _list(
        self, context: RequestContext, query: Sequence[tuple[str, str]]
    ) -> tuple[Provider, ...]:
        body = self._calls.read(context, ALL, PROVIDERS, query=query)
        return tuple(_read(one) for one in body["resource_providers"])

    def _create(
        self, context: RequestContext, provider_id: str, name: str, parent_id: str | None
    ) -> Provider:
        body: dict[str, Any] = {"uuid": provider_id, "name": name}
        if parent_id:
            body["parent_provider_uuid"] = parent_id
        answer = self._calls.send(context, "POST", ALL, PROVIDERS, body=body)
        if answer.status == 409:
            return self._made_meanwhile(context, provider_id, name)
        return _read(_checked(answer, provider_id, name).json())

    def _made_meanwhile(self, context: RequestContext, provider_id: str, name: str) -> Provider:
        found = self.get(context, provider_id)
        if found is None:
            raise ProviderNameTaken(name=name)
        return found

    def _rename(
        self, context: RequestContext, provider_id: str, name: str, parent_id: str | None
    ) -> Provider:
        body = {"name": name, "parent_provider_uuid": parent_id}
        answer = self._calls.send(context, "PUT", ONE, PROVIDERS, body=body, provider=provider_id)
        return _read(_checked(answer, provider_id, name).json())


def _checked(answer: Answer, provider_id: str, name: str) -> Answer:
    if answer.status == 409:
        raise ProviderNameTaken(name=name)
    if not answer.ok:
        raise refusal(answer, provider_id if answer.status == 404 else "")
    return answer


def _read(wire: Mapping[str, Any]) -> Provider:
    return Provider(
        wire["uuid"],
        wire["name"],
        wire["generation"],
        wire.get("parent_provider_uuid"),
        wire.get("root_provider_uuid"),
    )
