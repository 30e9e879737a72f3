"""Ports and their bindings in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nova.clients.network.contract import (
    FixedIpInUse,
    MacInUse,
    Port,
    PortAddress,
    PortBinding,
    PortBindingFailed,
    PortChange,
    PortDraft,
    PortInUse,
    PortLimitExceeded,
    PortNotFound,
    PortQuery,
    PortQuota,
    SecurityGroupNotFound,
)
from nova.clients.network.memory.state import UNLIMITED, NetworkState
from nova.context import RequestContext
from nova.errors import NovaError

DEFAULT_GROUP = "default"


class MemoryPorts:
    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def list(
        self, context: RequestContext, query: PortQuery, *, as_user: bool = False
    ) -> tuple[Port, ...]:
        with self._state.during("list_ports"):
            return tuple(
                port
                for port in self._state.ports_of(query.ids, query.device_ids)
                if _matches(port, query) and (not as_user or self._sees(context, port))
            )

    def show(self, context: RequestContext, port_id: str, *, as_user: bool = False) -> Port:
        with self._state.during("show_port"):
            port = self._state.port(port_id)
            if as_user and not self._sees(context, port):
                raise PortNotFound(port_id=port_id)
            return port

    def create(self, context: RequestContext, drafts: Sequence[PortDraft]) -> tuple[Port, ...]:
        with self._state.during("create_ports"):
            made: list[Port] = []
            try:
                for draft in drafts:
                    made.append(self._create(draft))
            except NovaError:
                for port in made:
                    self._remove(port)
                raise
            return tuple(made)

    def update(
        self,
        context: RequestContext,
        port_id: str,
        change: PortChange,
        *,
        revision: int | None = None,
    ) -> Port:
        with self._state.during("update_port"):
            port = self._state.port(port_id)
            if revision is not None and revision != port.revision:
                raise PortInUse(port_id=port_id)
            changed = replace(port, **_given(change), revision=(port.revision or 0) + 1)
            if change.addresses is not None:
                changed = self._readdressed(port, changed, change.addresses)
            if change.host is not None:
                changed = self._bound(changed)
            self._state.put_port(changed)
            return changed

    def delete(self, context: RequestContext, port_id: str) -> bool:
        with self._state.during("delete_port"):
            port = self._state.ports.get(port_id)
            if port is not None:
                self._remove(port)
            return port is not None

    def quota(self, context: RequestContext, project_id: str) -> PortQuota:
        with self._state.during("port_quota"):
            return PortQuota(self._state.port_limit, self._used(project_id))

    def _sees(self, context: RequestContext, port: Port) -> bool:
        owner = self._state.networks[port.network_id].project_id
        return context.is_admin or context.project_id in (port.project_id, owner)

    def _used(self, project_id: str) -> int:
        return sum(port.project_id == project_id for port in self._state.ports.values())

    def _create(self, draft: PortDraft) -> Port:
        limit = self._state.port_limit
        if limit != UNLIMITED and self._used(draft.project_id) >= limit:
            raise PortLimitExceeded()
        network = self._state.network(draft.network_id)
        self._check_mac(draft)
        port = Port(
            id=self._state.new_id(),
            network_id=network.id,
            project_id=draft.project_id,
            mac=draft.mac or self._state.new_mac(),
            device_id=draft.device_id,
            device_owner=draft.device_owner,
            addresses=self._state.addresses(network, draft.address),
            security_groups=self._groups(draft, guarded=network.port_security_enabled),
            host=draft.host,
            vnic_type=draft.vnic_type or "normal",
            profile=dict(draft.profile),
            dns_name=draft.dns_name or "",
            admin_state_up=draft.admin_state_up,
            port_security_enabled=network.port_security_enabled,
            revision=1,
        )
        made = self._bound(port)
        self._state.put_port(made)
        return made

    def _check_mac(self, draft: PortDraft) -> None:
        if draft.mac is None:
            return
        for port in self._state.ports.values():
            if port.network_id == draft.network_id and port.mac == draft.mac:
                raise MacInUse(mac=port.mac, network_id=port.network_id)

    def _groups(self, draft: PortDraft, *, guarded: bool) -> tuple[str, ...]:
        """The project's default one when nothing is said."""
        if draft.security_groups is not None:
            for one in draft.security_groups:
                if one not in self._state.groups:
                    raise SecurityGroupNotFound(name=one)
            return draft.security_groups
        return tuple(
            one.id
            for one in self._state.groups.values()
            if guarded and (one.project_id, one.name) == (draft.project_id, DEFAULT_GROUP)
        )

    def _bound(self, port: Port) -> Port:
        """As the mechanism of the service leaves it: active once it is on a host."""
        if not port.host:
            return replace(
                port, vif_type="unbound", details={}, status="DOWN", binding_failed=False
            )
        failed = self._state.refuses(port.host, port.vnic_type)
        return replace(
            port,
            vif_type="binding_failed" if failed else self._state.vif_type,
            details={} if failed else {"port_filter": True},
            binding_failed=failed,
            status="ACTIVE" if self._state.wired and not failed else "DOWN",
        )

    def _readdressed(self, old: Port, changed: Port, wanted: Sequence[PortAddress]) -> Port:
        network = self._state.networks[old.network_id]
        others = [port for port in self._state.ports.values() if port.id != old.id]
        for one in wanted:
            if any(one.ip == each.ip for port in others for each in port.addresses):
                raise FixedIpInUse(address=one.ip, server_id="another port")
        self._state.give_back(old.addresses)
        taken = [
            address for one in wanted for address in self._state.addresses(network, one.ip or None)
        ]
        return replace(changed, addresses=tuple(taken))

    def _remove(self, port: Port) -> None:
        self._state.drop_port(port.id)
        self._state.give_back(port.addresses)
        for key in [key for key in self._state.bindings if key[0] == port.id]:
            del self._state.bindings[key]
        for one in list(self._state.floating.values()):
            if one.port_id == port.id:
                self._state.floating[one.id] = replace(one, port_id=None, fixed_ip=None)


class MemoryBindings:
    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def create(
        self,
        context: RequestContext,
        port_id: str,
        host: str,
        vnic_type: str = "normal",
        profile: Mapping[str, Any] | None = None,
    ) -> PortBinding:
        with self._state.during("create_binding"):
            self._state.port(port_id)
            if self._state.refuses(host, vnic_type):
                raise PortBindingFailed(port_id=port_id)
            made = PortBinding(
                port_id,
                host,
                active=False,
                vif_type=self._state.vif_type,
                vnic_type=vnic_type,
                details={"port_filter": True},
                profile=dict(profile or {}),
            )
            self._state.bindings[port_id, host] = made
            return made

    def list(self, context: RequestContext, port_id: str) -> tuple[PortBinding, ...]:
        with self._state.during("list_bindings"):
            port = self._state.port(port_id)
            inactive = [one for one in self._state.bindings.values() if one.port_id == port_id]
            return (*([_active(port)] if port.host else []), *inactive)

    def activate(self, context: RequestContext, port_id: str, host: str) -> None:
        with self._state.during("activate_binding"):
            port = self._state.port(port_id)
            if port.host == host:
                return
            chosen = self._state.bindings.pop((port_id, host), None)
            if chosen is None:
                raise PortNotFound(port_id=port_id)
            if port.host:
                self._state.bindings[port_id, port.host] = replace(_active(port), active=False)
            self._state.put_port(
                replace(
                    port,
                    host=host,
                    vif_type=chosen.vif_type,
                    vnic_type=chosen.vnic_type,
                    details=chosen.details,
                    profile=chosen.profile,
                    revision=(port.revision or 0) + 1,
                )
            )

    def delete(self, context: RequestContext, port_id: str, host: str) -> bool:
        with self._state.during("delete_binding"):
            return self._state.bindings.pop((port_id, host), None) is not None


def _active(port: Port) -> PortBinding:
    return PortBinding(
        port.id, port.host, True, port.vif_type, port.vnic_type, port.details, port.profile
    )


def _given(change: PortChange) -> dict[str, Any]:
    """The fields of a port that the change sets outright."""
    names = (
        "device_id",
        "device_owner",
        "host",
        "mac",
        "profile",
        "vnic_type",
        "dns_name",
        "security_groups",
    )
    told = {name: getattr(change, name) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def _matches(port: Port, query: PortQuery) -> bool:
    return (
        (not query.ids or port.id in query.ids)
        and (not query.device_ids or port.device_id in query.device_ids)
        and (not query.network_ids or port.network_id in query.network_ids)
        and query.project_id in (None, port.project_id)
        and query.host in (None, port.host)
        and query.device_owner in (None, port.device_owner)
        and query.fixed_ip in (None, *(one.ip for one in port.addresses))
    )
