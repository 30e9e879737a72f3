"""The JSON of the network service, from and to our values."""

from collections.abc import Mapping
from typing import Any

from nova.clients.network.contract import (
    FloatingIp,
    Network,
    Port,
    PortAddress,
    PortBinding,
    PortChange,
    PortDraft,
    SecurityGroup,
    Subnet,
)

Wire = Mapping[str, Any]
Json = dict[str, Any]


def _project(wire: Wire) -> str:
    return wire.get("project_id") or wire.get("tenant_id") or ""


def network(wire: Wire) -> Network:
    return Network(
        id=wire["id"],
        name=wire.get("name") or "",
        project_id=_project(wire),
        subnet_ids=tuple(wire.get("subnets") or ()),
        shared=bool(wire.get("shared")),
        external=bool(wire.get("router:external")),
        mtu=wire.get("mtu"),
        admin_state_up=bool(wire.get("admin_state_up", True)),
        port_security_enabled=bool(wire.get("port_security_enabled", True)),
        physical_network=wire.get("provider:physical_network"),
        network_type=wire.get("provider:network_type"),
        segments=tuple(
            (one.get("provider:physical_network"), one.get("provider:network_type"))
            for one in wire.get("segments") or ()
        ),
    )


def subnet(wire: Wire) -> Subnet:
    return Subnet(
        id=wire["id"],
        network_id=wire["network_id"],
        cidr=wire["cidr"],
        version=wire.get("ip_version") or 4,
        gateway=wire.get("gateway_ip"),
        dns=tuple(wire.get("dns_nameservers") or ()),
        routes=tuple((one["destination"], one["nexthop"]) for one in wire.get("host_routes") or ()),
        enable_dhcp=bool(wire.get("enable_dhcp")),
        segment_id=wire.get("segment_id"),
        ipv6_address_mode=wire.get("ipv6_address_mode"),
        project_id=_project(wire),
    )


def port(wire: Wire) -> Port:
    return Port(
        id=wire["id"],
        network_id=wire["network_id"],
        project_id=_project(wire),
        mac=wire["mac_address"],
        status=wire.get("status") or "DOWN",
        device_id=wire.get("device_id") or "",
        device_owner=wire.get("device_owner") or "",
        name=wire.get("name") or "",
        addresses=tuple(
            PortAddress(one.get("subnet_id") or "", one["ip_address"])
            for one in wire.get("fixed_ips") or ()
        ),
        security_groups=tuple(wire.get("security_groups") or ()),
        dns_name=wire.get("dns_name") or "",
        ip_allocation=wire.get("ip_allocation"),
        admin_state_up=bool(wire.get("admin_state_up", True)),
        port_security_enabled=bool(wire.get("port_security_enabled", True)),
        resource_request=wire.get("resource_request") or {},
        numa_affinity_policy=wire.get("numa_affinity_policy"),
        device_profile=wire.get("device_profile"),
        revision=wire.get("revision_number"),
        **_bound(wire),
    )


def _bound(wire: Wire) -> Json:
    vif_type = wire.get("binding:vif_type") or "unbound"
    return {
        "host": wire.get("binding:host_id") or "",
        "vnic_type": wire.get("binding:vnic_type") or "normal",
        "vif_type": vif_type,
        "details": wire.get("binding:vif_details") or {},
        "profile": wire.get("binding:profile") or {},
        "binding_failed": vif_type == "binding_failed",
    }


def binding(port_id: str, wire: Wire) -> PortBinding:
    return PortBinding(
        port_id=port_id,
        host=wire["host"],
        active=wire.get("status") == "ACTIVE",
        vif_type=wire.get("vif_type") or "unbound",
        vnic_type=wire.get("vnic_type") or "normal",
        details=wire.get("vif_details") or {},
        profile=wire.get("profile") or {},
    )


def security_group(wire: Wire) -> SecurityGroup:
    return SecurityGroup(
        id=wire["id"],
        name=wire.get("name") or "",
        project_id=_project(wire),
        description=wire.get("description") or "",
        rules=tuple(wire.get("security_group_rules") or ()),
    )


def floating_ip(wire: Wire) -> FloatingIp:
    return FloatingIp(
        id=wire["id"],
        address=wire["floating_ip_address"],
        network_id=wire["floating_network_id"],
        project_id=_project(wire),
        port_id=wire.get("port_id"),
        fixed_ip=wire.get("fixed_ip_address"),
    )


def draft_body(draft: PortDraft, dns: bool) -> Json:
    """`dns`: the service knows names of ports."""
    told = {
        "network_id": draft.network_id,
        "tenant_id": draft.project_id,
        "device_id": draft.device_id,
        "device_owner": draft.device_owner,
        "admin_state_up": draft.admin_state_up,
        "binding:host_id": draft.host or None,
        "fixed_ips": [{"ip_address": draft.address}] if draft.address else None,
        "mac_address": draft.mac,
        "security_groups": None if draft.security_groups is None else list(draft.security_groups),
        "binding:vnic_type": draft.vnic_type,
        "binding:profile": dict(draft.profile) or None,
        "dns_name": draft.dns_name if dns else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def change_body(change: PortChange, dns: bool) -> Json:
    told = {
        "device_id": change.device_id,
        "device_owner": change.device_owner,
        "binding:host_id": change.host,
        "mac_address": change.mac,
        "binding:profile": None if change.profile is None else dict(change.profile),
        "binding:vnic_type": change.vnic_type,
        "dns_name": change.dns_name if dns else None,
        "security_groups": None if change.security_groups is None else list(change.security_groups),
        "fixed_ips": _fixed_ips(change.addresses),
    }
    return {name: value for name, value in told.items() if value is not None}


def _fixed_ips(addresses: tuple[PortAddress, ...] | None) -> list[Json] | None:
    if addresses is None:
        return None
    told = ({"subnet_id": one.subnet_id, "ip_address": one.ip} for one in addresses)
    return [{name: value for name, value in one.items() if value} for one in told]
