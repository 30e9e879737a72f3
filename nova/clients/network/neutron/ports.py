"""Ports over HTTP."""

from collections.abc import Sequence

from nova.clients.http import Answer, reason
from nova.clients.network.contract import (
    FixedIpInUse,
    FixedIpInvalid,
    MacInUse,
    NetworkNotFound,
    NoMoreFixedIps,
    Port,
    PortChange,
    PortDraft,
    PortInUse,
    PortLimitExceeded,
    PortNotFound,
    PortQuery,
    PortQuota,
    SecurityGroupNotFound,
)
from nova.clients.network.neutron import wire
from nova.clients.network.neutron.calls import (
    Extensions,
    NeutronCalls,
    Refusals,
    refused,
    repeated,
)
from nova.context import RequestContext

ALL, ONE = "/ports", "/ports/{port}"
DNS = "dns-integration"
REVISIONS = "revision-if-match"


class NeutronPorts:
    def __init__(self, calls: NeutronCalls, extensions: Extensions) -> None:
        self._calls = calls
        self._extensions = extensions

    def list(
        self, context: RequestContext, query: PortQuery, *, as_user: bool = False
    ) -> tuple[Port, ...]:
        found = self._calls.listed(context, "ports", _pairs(query), as_user=as_user)
        return tuple(wire.port(one) for one in found)

    def show(self, context: RequestContext, port_id: str, *, as_user: bool = False) -> Port:
        answer = self._calls.send(context, "GET", ONE, as_user=as_user, port=port_id)
        return _one(answer, port_id)

    def create(self, context: RequestContext, drafts: Sequence[PortDraft]) -> tuple[Port, ...]:
        if not drafts:
            return ()
        dns = any(draft.dns_name for draft in drafts) and self._extensions.has(context, DNS)
        bodies = [wire.draft_body(draft, dns) for draft in drafts]
        answer = self._calls.send(context, "POST", ALL, body={"ports": bodies})
        if not answer.ok:
            raise refused(answer, _creation_refusals(drafts))
        return tuple(wire.port(one) for one in answer.json()["ports"])

    def update(
        self,
        context: RequestContext,
        port_id: str,
        change: PortChange,
        *,
        revision: int | None = None,
    ) -> Port:
        dns = change.dns_name is not None and self._extensions.has(context, DNS)
        guarded = revision is not None and self._extensions.has(context, REVISIONS)
        headers = {"If-Match": f"revision_number={revision}"} if guarded else {}
        body = {"port": wire.change_body(change, dns)}
        answer = self._calls.send(context, "PUT", ONE, body=body, headers=headers, port=port_id)
        return _one(answer, port_id)

    def delete(self, context: RequestContext, port_id: str) -> bool:
        answer = self._calls.send(context, "DELETE", ONE, port=port_id)
        if not answer.ok and answer.status != 404:
            raise refused(answer)
        return answer.ok

    def quota(self, context: RequestContext, project_id: str) -> PortQuota:
        path = "/quotas/{project}/details.json"
        answer = self._calls.send(context, "GET", path, project=project_id)
        if answer.ok:
            port = answer.json()["quota"]["port"]
            return PortQuota(port["limit"], port["used"] + _number(port.get("reserved")))
        return self._counted_quota(context, project_id)

    def _counted_quota(self, context: RequestContext, project_id: str) -> PortQuota:
        """For services that only tell limits."""
        answer = self._calls.send(context, "GET", "/quotas/{project}", project=project_id)
        if not answer.ok:
            raise refused(answer)
        query = [("tenant_id", project_id), ("fields", "id")]
        used = len(self._calls.listed(context, "ports", query))
        return PortQuota(answer.json()["quota"]["port"], used)


def _pairs(query: PortQuery) -> list[tuple[str, str]]:
    pairs = [
        *repeated("id", query.ids),
        *repeated("device_id", query.device_ids),
        *repeated("network_id", query.network_ids),
    ]
    single = (
        ("tenant_id", query.project_id),
        ("binding:host_id", query.host),
        ("device_owner", query.device_owner),
        ("fixed_ips", f"ip_address={query.fixed_ip}" if query.fixed_ip else None),
    )
    return [*pairs, *((name, value) for name, value in single if value)]


def _one(answer: Answer, port_id: str) -> Port:
    if answer.status == 404:
        raise PortNotFound(port_id=port_id)
    if answer.status == 412:
        raise PortInUse(port_id=port_id)
    if not answer.ok:
        raise refused(answer, {"PortInUse": lambda _: PortInUse(port_id=port_id)})
    return wire.port(answer.json()["port"])


def _creation_refusals(drafts: Sequence[PortDraft]) -> Refusals:
    """The service names no port in its errors, so the gaps say what can be said."""
    networks = ", ".join(dict.fromkeys(draft.network_id for draft in drafts))
    addresses = ", ".join(draft.address for draft in drafts if draft.address)
    macs = ", ".join(draft.mac for draft in drafts if draft.mac)

    def ip_in_use(_: Answer) -> FixedIpInUse:
        return FixedIpInUse(address=addresses, server_id=drafts[0].device_id)

    def ip_invalid(_: Answer) -> FixedIpInvalid:
        return FixedIpInvalid(address=addresses, network_id=networks)

    return {
        "OverQuota": lambda _: PortLimitExceeded(),
        "IpAddressGenerationFailure": lambda _: NoMoreFixedIps(network_id=networks),
        "NoMoreIPs": lambda _: NoMoreFixedIps(network_id=networks),
        "IpAddressInUse": ip_in_use,
        "IpAddressAlreadyAllocated": ip_in_use,
        "InvalidIpForNetwork": ip_invalid,
        "InvalidIpForSubnet": ip_invalid,
        "MacAddressInUse": lambda _: MacInUse(mac=macs, network_id=networks),
        "NetworkNotFound": lambda _: NetworkNotFound(network_id=networks),
        "SecurityGroupNotFound": lambda answer: SecurityGroupNotFound(name=reason(answer)),
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
