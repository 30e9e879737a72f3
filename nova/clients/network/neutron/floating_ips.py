"""Floating IPs over HTTP, with the user's token."""

from collections.abc import Sequence

from nova.clients.http import Answer
from nova.clients.network.contract import (
    FloatingIp,
    FloatingIpLimitExceeded,
    FloatingIpNotFound,
    FloatingIpPoolNotFound,
    Network,
    NoMoreFixedIps,
)
from nova.clients.network.neutron import wire
from nova.clients.network.neutron.calls import Extensions, NeutronCalls, refused, repeated
from nova.context import RequestContext

# Without routers there are no floating IPs.
ROUTING = "router"
ALL, ONE = "/floatingips", "/floatingips/{floating}"


class NeutronFloatingIps:
    def __init__(self, calls: NeutronCalls, extensions: Extensions) -> None:
        self._calls = calls
        self._extensions = extensions

    def list(
        self,
        context: RequestContext,
        *,
        port_ids: Sequence[str] = (),
        address: str | None = None,
        as_user: bool = True,
    ) -> tuple[FloatingIp, ...]:
        if not self._extensions.has(context, ROUTING):
            return ()
        query = repeated("port_id", port_ids)
        query += [("floating_ip_address", address)] if address else []
        query += [] if query else [("tenant_id", context.project_id or "")]
        found = self._calls.listed(context, "floatingips", query, as_user=as_user)
        return tuple(wire.floating_ip(one) for one in found)

    def show(self, context: RequestContext, floating_id: str) -> FloatingIp:
        return _one(
            self._calls.send(context, "GET", ONE, as_user=True, floating=floating_id), floating_id
        )

    def pools(self, context: RequestContext) -> tuple[Network, ...]:
        query = [("router:external", "True")]
        found = self._calls.listed(context, "networks", query, as_user=True)
        return tuple(wire.network(one) for one in found)

    def create(self, context: RequestContext, network_id: str) -> FloatingIp:
        body = {"floatingip": {"floating_network_id": network_id}}
        answer = self._calls.send(context, "POST", ALL, body=body, as_user=True)
        if answer.status == 404:
            raise FloatingIpPoolNotFound()
        if not answer.ok:
            raise refused(
                answer,
                {
                    "OverQuota": lambda _: FloatingIpLimitExceeded(),
                    "IpAddressGenerationFailure": lambda _: NoMoreFixedIps(network_id=network_id),
                    "ExternalIpAddressExhausted": lambda _: NoMoreFixedIps(network_id=network_id),
                },
            )
        return wire.floating_ip(answer.json()["floatingip"])

    def associate(
        self,
        context: RequestContext,
        floating_id: str,
        port_id: str | None,
        fixed_ip: str | None = None,
    ) -> FloatingIp:
        told = {"port_id": port_id, **({"fixed_ip_address": fixed_ip} if fixed_ip else {})}
        body = {"floatingip": told}
        answer = self._calls.send(
            context, "PUT", ONE, body=body, as_user=True, floating=floating_id
        )
        return _one(answer, floating_id)

    def delete(self, context: RequestContext, floating_id: str) -> None:
        answer = self._calls.send(context, "DELETE", ONE, as_user=True, floating=floating_id)
        if answer.status == 404:
            raise FloatingIpNotFound(id=floating_id)
        if not answer.ok:
            raise refused(answer)


def _one(answer: Answer, floating_id: str) -> FloatingIp:
    if answer.status == 404:
        raise FloatingIpNotFound(id=floating_id)
    if not answer.ok:
        raise refused(answer)
    return wire.floating_ip(answer.json()["floatingip"])
