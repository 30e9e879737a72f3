"""Networks and subnets over HTTP."""

from collections.abc import Sequence

from nova.clients.network.contract import CannotAutoAllocate, Network, Subnet
from nova.clients.network.neutron import wire
from nova.clients.network.neutron.calls import NeutronCalls, Pairs, repeated
from nova.context import RequestContext

AUTO = "/auto-allocated-topology/{project}"


class NeutronNetworks:
    def __init__(self, calls: NeutronCalls) -> None:
        self._calls = calls

    def usable(self, context: RequestContext, ids: Sequence[str] = ()) -> tuple[Network, ...]:
        if ids:
            return self.list(context, ids, as_user=True)
        seen = self._seen(context)
        return tuple(one for one in seen if one.shared or one.project_id == context.project_id)

    def list(
        self, context: RequestContext, ids: Sequence[str] = (), *, as_user: bool = False
    ) -> tuple[Network, ...]:
        found = self._networks(context, repeated("id", ids), as_user=as_user)
        if not ids:
            return tuple(found)
        by_id = {one.id: one for one in found}
        return tuple(by_id[one] for one in dict.fromkeys(ids) if one in by_id)

    def subnets(self, context: RequestContext, network_ids: Sequence[str]) -> tuple[Subnet, ...]:
        return self._subnets(context, repeated("network_id", network_ids))

    def subnets_of(self, context: RequestContext, subnet_ids: Sequence[str]) -> tuple[Subnet, ...]:
        return self._subnets(context, repeated("id", subnet_ids))

    def of_provider(self, context: RequestContext, provider_id: str) -> tuple[str, ...]:
        query = [("advanced_service_providers", provider_id), ("fields", "network_id")]
        found = self._calls.listed(context, "subnets", query)
        return tuple(dict.fromkeys(str(one["network_id"]) for one in found))

    def auto_allocated(self, context: RequestContext, project_id: str) -> str:
        answer = self._calls.send(context, "GET", AUTO, as_user=True, project=project_id)
        if not answer.ok:
            raise CannotAutoAllocate(project_id=project_id)
        return str(answer.json()["auto_allocated_topology"]["id"])

    def can_auto_allocate(self, context: RequestContext, project_id: str) -> bool:
        query = [("fields", "dry-run")]
        answer = self._calls.send(
            context, "GET", AUTO, query=query, as_user=True, project=project_id
        )
        return answer.ok

    def _seen(self, context: RequestContext) -> Sequence[Network]:
        """An administrator sees everybody's, so the question is asked more narrowly."""
        if not context.is_admin:
            return self._networks(context, as_user=True)
        own = [("tenant_id", context.project_id or ""), ("shared", "False")]
        return [
            *self._networks(context, own, as_user=True),
            *self._networks(context, [("shared", "True")], as_user=True),
        ]

    def _networks(
        self, context: RequestContext, query: Pairs = (), *, as_user: bool
    ) -> Sequence[Network]:
        return [
            wire.network(one)
            for one in self._calls.listed(context, "networks", query, as_user=as_user)
        ]

    def _subnets(self, context: RequestContext, query: Pairs) -> tuple[Subnet, ...]:
        if not query:
            return ()
        return tuple(wire.subnet(one) for one in self._calls.listed(context, "subnets", query))
