"""Ports of servers: made, bound, unbound and removed in few calls.

Everything may be done twice.  Ports need no mark of ours for that: a port whose
device is the server, on the wanted network, is the one an earlier attempt made.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nova.clients.network.contract import (
    Interface,
    NetworkService,
    Port,
    PortBindingFailed,
    PortChange,
    PortDraft,
    PortInUse,
    PortNotFound,
    PortNotUsable,
    PortNotUsableDns,
    PortQuery,
    Wiring,
)
from nova.clients.network.facts import KnownNetworks
from nova.context import RequestContext
from nova.errors import NovaError

LOG = logging.getLogger(__name__)

# What binding a port to a host device put into its profile.
OF_THE_HOST = frozenset(
    {
        "pci_vendor_info",
        "pci_slot",
        "physical_network",
        "card_serial_number",
        "pf_mac_address",
        "vf_num",
        "device_mac_address",
        "allocation",
        "arq_uuid",
    }
)


@dataclass
class Made:
    """What an attempt changed so far, to be undone when it fails."""

    created: list[str] = field(default_factory=list)
    bound: list[Port] = field(default_factory=list)


class PortWiring:
    def __init__(self, service: NetworkService, known: KnownNetworks) -> None:
        self._service = service
        self._known = known

    def connect(
        self,
        context: RequestContext,
        wiring: Wiring,
        interfaces: Sequence[Interface],
        *,
        again: bool,
        known: Collection[str] = (),
    ) -> list[Port]:
        """Bound ports, one for each interface, in order.  All or none.  `again`: what an
        earlier attempt made is used first; `known` ports are not its."""
        made = Made()
        try:
            return self._connect(context, wiring, interfaces, made, again, known)
        except Exception:
            self._undo(context, made)
            raise

    def release(
        self, context: RequestContext, ports: Sequence[Port], preexisting: Collection[str]
    ) -> None:
        """Delete or unbind; every port is tried, then the first error is raised."""
        failures: list[NovaError] = []
        for port in ports:
            try:
                if port.id in preexisting:
                    self._unbind(context, port)
                else:
                    self._service.ports.delete(context, port.id)
            except NovaError as error:
                LOG.warning("Port %s is not released: %s", port.id, error)
                failures.append(error)
        if failures:
            raise failures[0]

    def rebind(
        self, context: RequestContext, wiring: Wiring, port: Port, profile: Mapping[str, Any] | None
    ) -> Port:
        """Bound to the wiring's host, with this profile if one is given."""
        if port.host == wiring.host and not port.binding_failed and profile is None:
            return port
        change = PortChange(
            device_id=wiring.server_id,
            device_owner=owner_of(wiring),
            host=wiring.host,
            profile=profile,
        )
        return _bound(self._service.ports.update(context, port.id, change))

    def _connect(
        self,
        context: RequestContext,
        wiring: Wiring,
        interfaces: Sequence[Interface],
        made: Made,
        again: bool,
        known: Collection[str],
    ) -> list[Port]:
        given = self._given(context, wiring, [one.port_id for one in interfaces if one.port_id])
        spare = self._spare(context, wiring, {*given, *known}) if again else []
        places: list[Port | PortDraft] = []
        for one in interfaces:
            if one.port_id:
                places.append(self._take(context, wiring, one, given[one.port_id], made))
            else:
                found = _suiting(spare, one)
                places.append(
                    self._draft(context, wiring, one)
                    if found is None
                    else self.rebind(context, wiring, found, one.profile or None)
                )
        return self._filled(context, places, made)

    def _filled(
        self, context: RequestContext, places: Sequence[Port | PortDraft], made: Made
    ) -> list[Port]:
        drafts = [one for one in places if isinstance(one, PortDraft)]
        created = self._service.ports.create(context, drafts)
        made.created += [port.id for port in created]
        fresh = iter(created)
        return [_bound(next(fresh)) if isinstance(one, PortDraft) else one for one in places]

    def _given(
        self, context: RequestContext, wiring: Wiring, ids: Sequence[str]
    ) -> dict[str, Port]:
        """The user's own ports as they are now; must not be another server's."""
        if not ids:
            return {}
        found = {one.id: one for one in self._service.ports.list(context, PortQuery(tuple(ids)))}
        for port_id in ids:
            _check_given(wiring, port_id, found.get(port_id))
        return found

    def _spare(self, context: RequestContext, wiring: Wiring, given: Collection[str]) -> list[Port]:
        query = PortQuery(device_ids=(wiring.server_id,))
        return [port for port in self._service.ports.list(context, query) if port.id not in given]

    def _take(
        self, context: RequestContext, wiring: Wiring, wanted: Interface, port: Port, made: Made
    ) -> Port:
        """Make a user's port the server's, unless somebody else is faster."""
        if port.device_id and port.host == wiring.host and not port.binding_failed:
            return port
        change = PortChange(
            device_id=wiring.server_id,
            device_owner=owner_of(wiring),
            host=wiring.host,
            mac=wanted.mac,
            profile={**_kept(port.profile), **wanted.profile} if wanted.profile else None,
            dns_name=wiring.hostname or None,
        )
        made.bound.append(port)
        try:
            return _bound(
                self._service.ports.update(context, port.id, change, revision=port.revision)
            )
        except PortInUse:
            now = self._service.ports.show(context, port.id)
            if now.device_id not in ("", wiring.server_id):
                made.bound.remove(port)
                raise
            return _bound(
                self._service.ports.update(context, port.id, change, revision=now.revision)
            )

    def _draft(self, context: RequestContext, wiring: Wiring, wanted: Interface) -> PortDraft:
        network_id = wanted.network_id or ""
        network = self._known.of(context, [network_id])[network_id].network
        groups = wiring.security_groups if network.port_security_enabled else ()
        return PortDraft(
            network_id=network_id,
            project_id=wiring.project_id,
            device_id=wiring.server_id,
            device_owner=owner_of(wiring),
            host=wiring.host,
            address=wanted.address,
            mac=wanted.mac,
            security_groups=groups or None,
            vnic_type=wanted.vnic_type,
            profile=wanted.profile,
            dns_name=wiring.hostname or None,
        )

    def _unbind(self, context: RequestContext, port: Port) -> None:
        change = PortChange(
            device_id="", device_owner="", host="", profile=_kept(port.profile), dns_name=""
        )
        try:
            self._service.ports.update(context, port.id, change)
        except PortNotFound:
            LOG.info("Port %s is gone, nothing to unbind", port.id)

    def _undo(self, context: RequestContext, made: Made) -> None:
        """What cannot be undone is left to `deallocate`; the first error stays the answer."""
        for port_id in made.created:
            try:
                self._service.ports.delete(context, port_id)
            except NovaError as error:
                LOG.warning("Port %s is not deleted: %s", port_id, error)
        for port in made.bound:
            try:
                self._unbind(context, port)
            except NovaError as error:
                LOG.warning("Port %s is not unbound: %s", port.id, error)


def owner_of(wiring: Wiring) -> str:
    return f"compute:{wiring.zone}"


def _check_given(wiring: Wiring, port_id: str, port: Port | None) -> None:
    if port is None:
        raise PortNotFound(port_id=port_id)
    if port.project_id != wiring.project_id:
        raise PortNotUsable(port_id=port_id, server_id=wiring.server_id)
    if port.device_id not in ("", wiring.server_id):
        raise PortInUse(port_id=port_id)
    if port.dns_name and wiring.hostname and port.dns_name != wiring.hostname:
        raise PortNotUsableDns(
            port_id=port_id,
            server_id=wiring.server_id,
            value=port.dns_name,
            hostname=wiring.hostname,
        )


def _suiting(spare: list[Port], wanted: Interface) -> Port | None:
    """Takes a port out of `spare` that an earlier attempt made for such an interface."""
    for port in spare:
        addresses = {one.ip for one in port.addresses}
        if port.network_id == wanted.network_id and wanted.address in (None, *addresses):
            spare.remove(port)
            return port
    return None


def _bound(port: Port) -> Port:
    if port.binding_failed:
        raise PortBindingFailed(port_id=port.id)
    return port


def _kept(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a binding profile that is not about one host."""
    return {name: value for name, value in profile.items() if name not in OF_THE_HOST}
