"""Bindings of ports to several hosts, over HTTP."""

from collections.abc import Mapping
from typing import Any

from nova.clients.http import Answer
from nova.clients.network.contract import PortBinding, PortBindingFailed, PortNotFound
from nova.clients.network.neutron import wire
from nova.clients.network.neutron.calls import NeutronCalls, refused
from nova.context import RequestContext

ALL = "/ports/{port}/bindings"
ONE = "/ports/{port}/bindings/{host}"


class NeutronBindings:
    def __init__(self, calls: NeutronCalls) -> None:
        self._calls = calls

    def create(
        self,
        context: RequestContext,
        port_id: str,
        host: str,
        vnic_type: str = "normal",
        profile: Mapping[str, Any] | None = None,
    ) -> PortBinding:
        body = {"binding": {"host": host, "vnic_type": vnic_type, "profile": dict(profile or {})}}
        answer = self._calls.send(context, "POST", ALL, body=body, port=port_id)
        if answer.status == 409:
            self.delete(context, port_id, host)
            answer = self._calls.send(context, "POST", ALL, body=body, port=port_id)
        found = wire.binding(port_id, _checked(answer, port_id).json()["binding"])
        if found.vif_type == "binding_failed":
            self.delete(context, port_id, host)
            raise PortBindingFailed(port_id=port_id)
        return found

    def list(self, context: RequestContext, port_id: str) -> tuple[PortBinding, ...]:
        answer = _checked(self._calls.send(context, "GET", ALL, port=port_id), port_id)
        return tuple(wire.binding(port_id, one) for one in answer.json()["bindings"])

    def activate(self, context: RequestContext, port_id: str, host: str) -> None:
        answer = self._calls.send(context, "PUT", ONE + "/activate", port=port_id, host=host)
        if answer.status != 409:  # it is the active one
            _checked(answer, port_id)

    def delete(self, context: RequestContext, port_id: str, host: str) -> bool:
        answer = self._calls.send(context, "DELETE", ONE, port=port_id, host=host)
        if answer.status == 404:
            return False
        return _checked(answer, port_id).ok


def _checked(answer: Answer, port_id: str) -> Answer:
    if answer.status == 404:
        raise PortNotFound(port_id=port_id)
    if not answer.ok:
        raise refused(answer)
    return answer
