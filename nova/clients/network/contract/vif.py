"""What a server knows of one of its ports, and its stored form.

The stored form is the JSON of `instance_info_caches.network_info`, whose names
are fixed because other tools read that table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def _address(value: str, kind: str, version: int) -> Json:
    return {"address": value, "type": kind, "version": version, "meta": {}}


@dataclass(frozen=True)
class FixedIp:
    address: str
    floating: tuple[str, ...] = ()

    def to_json(self, version: int) -> Json:
        floating = [_address(ip, "floating", version) for ip in self.floating]
        return {**_address(self.address, "fixed", version), "floating_ips": floating}

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> "FixedIp":
        floating = tuple(ip["address"] for ip in wire.get("floating_ips", ()))
        return cls(wire["address"], floating)


@dataclass(frozen=True)
class Route:
    cidr: str
    gateway: str

    def to_json(self, version: int) -> Json:
        gateway = _address(self.gateway, "gateway", version)
        return {"cidr": self.cidr, "gateway": gateway, "interface": None, "meta": {}}

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> "Route":
        return cls(wire["cidr"], (wire.get("gateway") or {}).get("address") or "")


@dataclass(frozen=True)
class VifSubnet:
    """A subnet as one port sees it: `ips` are the port's addresses in it.

    `dhcp_server` is None when nobody answers DHCP; then the guest is told its
    address by the config drive.
    """

    cidr: str
    version: int = 4
    gateway: str | None = None
    dns: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    ips: tuple[FixedIp, ...] = ()
    dhcp_server: str | None = None
    subnet_id: str | None = None
    enable_dhcp: bool = False
    ipv6_address_mode: str | None = None

    def to_json(self) -> Json:
        return {
            "cidr": self.cidr,
            "version": self.version,
            "gateway": _address(self.gateway, "gateway", self.version) if self.gateway else None,
            "dns": [_address(ip, "dns", self.version) for ip in self.dns],
            "routes": [route.to_json(self.version) for route in self.routes],
            "ips": [ip.to_json(self.version) for ip in self.ips],
            "meta": self._meta(),
        }

    def _meta(self) -> Json:
        told = {
            "dhcp_server": self.dhcp_server,
            "subnet_id": self.subnet_id,
            "enable_dhcp": self.enable_dhcp or None,
            "ipv6_address_mode": self.ipv6_address_mode,
        }
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> "VifSubnet":
        meta = wire.get("meta") or {}
        return cls(
            cidr=wire["cidr"],
            version=wire.get("version") or 4,
            gateway=(wire.get("gateway") or {}).get("address"),
            dns=tuple(ip["address"] for ip in wire.get("dns", ())),
            routes=tuple(Route.from_json(route) for route in wire.get("routes", ())),
            ips=tuple(FixedIp.from_json(ip) for ip in wire.get("ips", ())),
            dhcp_server=meta.get("dhcp_server"),
            subnet_id=meta.get("subnet_id"),
            enable_dhcp=bool(meta.get("enable_dhcp", meta.get("dhcp_server"))),
            ipv6_address_mode=meta.get("ipv6_address_mode"),
        )


@dataclass(frozen=True)
class VifNetwork:
    """The network of a port.  `label` is the name users see, `mtu` in bytes,
    `bridge` the switch on the host, None when the port's type has none."""

    network_id: str
    label: str = ""
    bridge: str | None = None
    subnets: tuple[VifSubnet, ...] = ()
    project_id: str | None = None
    mtu: int | None = None
    injected: bool = False
    physical_network: str | None = None
    tunneled: bool = False

    def to_json(self) -> Json:
        meta: Json = {
            "injected": self.injected,
            "tenant_id": self.project_id,
            "mtu": self.mtu,
            "physical_network": self.physical_network,
            "tunneled": self.tunneled,
        }
        return {
            "id": self.network_id,
            "label": self.label,
            "bridge": self.bridge,
            "subnets": [subnet.to_json() for subnet in self.subnets],
            "meta": meta,
        }

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> "VifNetwork":
        meta = wire.get("meta") or {}
        return cls(
            network_id=wire["id"],
            label=wire.get("label") or "",
            bridge=wire.get("bridge"),
            subnets=tuple(VifSubnet.from_json(one) for one in wire.get("subnets", ())),
            project_id=meta.get("tenant_id"),
            mtu=meta.get("mtu"),
            injected=bool(meta.get("injected")),
            physical_network=meta.get("physical_network"),
            tunneled=bool(meta.get("tunneled")),
        )


@dataclass(frozen=True)
class Vif:
    """One plugged port of a server.

    `preexisting`: the user made the port, so it outlives the server.  `active`:
    the network service has it wired.  `devname` is the host end's name.
    `delegate_create`: the plug-in, not the hypervisor, makes the host end.
    """

    port_id: str
    mac: str
    network: VifNetwork
    vif_type: str = "unbound"
    vnic_type: str = "normal"
    details: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    devname: str | None = None
    active: bool = False
    preexisting: bool = False
    delegate_create: bool = True
    ovs_interfaceid: str | None = None
    tag: str | None = None

    @property
    def network_id(self) -> str:
        return self.network.network_id

    @property
    def label(self) -> str:
        return self.network.label

    @property
    def mtu(self) -> int | None:
        return self.network.mtu

    @property
    def fixed_ips(self) -> tuple[str, ...]:
        """The addresses of the port, all subnets."""
        return tuple(ip.address for subnet in self.network.subnets for ip in subnet.ips)

    def to_json(self) -> Json:
        return {
            "id": self.port_id,
            "address": self.mac,
            "network": self.network.to_json(),
            "type": self.vif_type,
            "details": dict(self.details),
            "devname": self.devname,
            "ovs_interfaceid": self.ovs_interfaceid,
            "qbh_params": None,
            "qbg_params": None,
            "active": self.active,
            "vnic_type": self.vnic_type,
            "profile": dict(self.profile),
            "preserve_on_delete": self.preexisting,
            "delegate_create": self.delegate_create,
            "meta": {"tag": self.tag} if self.tag else {},
        }

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> "Vif":
        return cls(
            port_id=wire["id"],
            mac=wire["address"],
            network=VifNetwork.from_json(wire["network"]),
            vif_type=wire.get("type") or "unbound",
            vnic_type=wire.get("vnic_type") or "normal",
            details=wire.get("details") or {},
            profile=wire.get("profile") or {},
            devname=wire.get("devname"),
            active=bool(wire.get("active")),
            preexisting=bool(wire.get("preserve_on_delete")),
            delegate_create=bool(wire.get("delegate_create", True)),
            ovs_interfaceid=wire.get("ovs_interfaceid"),
            tag=(wire.get("meta") or {}).get("tag"),
        )


def vifs_to_json(vifs: Sequence[Vif]) -> list[Json]:
    """The content of instance_info_caches.network_info (before JSON text)."""
    return [vif.to_json() for vif in vifs]


def vifs_from_json(wire: Sequence[Mapping[str, Any]]) -> tuple[Vif, ...]:
    return tuple(Vif.from_json(one) for one in wire)
