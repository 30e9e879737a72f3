"""The attributes of every resource: which there are, who sets them, what fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nova.standalone.auth import Caller
from nova.standalone.network import values as v
from nova.standalone.network.errors import disallowed, invalid
from nova.standalone.web.fault import Fault, bad_request

REQUIRED: Any = object()
UNSET: Any = object()


@dataclass(frozen=True, slots=True)
class Attribute:
    """`default` REQUIRED must be given, UNSET is left for the handler to choose.

    `admin` ones are set by administrators only, and `private` ones shown to them
    only; `network_owner` ones are set by the owner of the port's network.
    """

    name: str
    convert: v.Converter
    default: Any = REQUIRED
    post: bool = True
    put: bool = True
    admin: bool = False
    private: bool = False
    network_owner: bool = False


@dataclass(frozen=True)
class Kind:
    """A resource: its name in bodies, its collection in paths and bodies."""

    singular: str
    plural: str
    path: str
    attributes: tuple[Attribute, ...]

    @property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}


def _fixed(name: str, convert: v.Converter, default: Any = REQUIRED, **more: Any) -> Attribute:
    return Attribute(name, convert, default, put=False, **more)


NAME = Attribute("name", v.text(), "")
PROJECT = _fixed("project_id", v.text(), UNSET)
NOTE = Attribute("description", v.text(), "")
UP = Attribute("admin_state_up", v.flag, True)
OWNED_ID = v.or_none(v.uuid)
IPV6_MODE = v.or_none(v.one_of("slaac", "dhcpv6-stateful", "dhcpv6-stateless"))
POOL = v.object_with(start=v.address, end=v.address)
ROUTE = v.object_with(destination=v.prefix, nexthop=v.address)
FIXED_IP = v.object_with(subnet_id=v.uuid, ip_address=v.address)
PAIR = v.object_with(ip_address=v.prefix, mac_address=v.mac)
VNIC_TYPES = (
    "normal", "direct", "macvtap", "baremetal", "direct-physical", "virtio-forwarder",
    "smart-nic", "vdpa", "accelerator-direct", "accelerator-direct-physical", "remote-managed",
)  # fmt: skip
PROTOCOLS = {
    "ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "icmp": 1, "icmpv6": 58, "igmp": 2,
    "ipip": 4, "ipv6-icmp": 58, "ospf": 89, "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": 6,
    "udp": 17, "udplite": 136, "vrrp": 112,
}  # fmt: skip


def _protocol(value: Any) -> str | None:
    if value is None or str(value).lower() in ("any", "0"):
        return None
    name = str(value).lower()
    if name in PROTOCOLS or (name.isdigit() and int(name) <= 255):
        return name
    raise ValueError(f"Security group rule protocol {value} not supported.")


NETWORK = Kind(
    "network",
    "networks",
    "networks",
    (
        NAME,
        PROJECT,
        NOTE,
        UP,
        Attribute("shared", v.flag, False, admin=True),
        Attribute("router:external", v.flag, False, admin=True),
        Attribute("mtu", v.number(68, 65535), UNSET),
        Attribute("port_security_enabled", v.flag, True),
        Attribute("dns_domain", v.host_name, ""),
        _fixed("provider:network_type", v.one_of("local"), UNSET, admin=True, private=True),
        Attribute("provider:physical_network", v.one_of(None), UNSET, admin=True, private=True),
        Attribute("provider:segmentation_id", v.one_of(None), UNSET, admin=True, private=True),
    ),
)
SUBNET = Kind(
    "subnet",
    "subnets",
    "subnets",
    (
        NAME,
        PROJECT,
        NOTE,
        _fixed("network_id", v.uuid),
        _fixed("ip_version", v.one_of(4, 6, "4", "6"), 4),
        _fixed("cidr", v.prefix),
        Attribute("gateway_ip", v.or_none(v.address), UNSET),
        Attribute("enable_dhcp", v.flag, True),
        Attribute("allocation_pools", v.list_of(POOL), UNSET),
        Attribute("dns_nameservers", v.list_of(v.address, 20), []),
        Attribute("host_routes", v.list_of(ROUTE), []),
        _fixed("ipv6_address_mode", IPV6_MODE, None),
        _fixed("ipv6_ra_mode", IPV6_MODE, None),
    ),
)
PORT = Kind(
    "port",
    "ports",
    "ports",
    (
        NAME,
        PROJECT,
        NOTE,
        UP,
        _fixed("network_id", v.uuid),
        Attribute("mac_address", v.mac, UNSET, network_owner=True),
        Attribute("fixed_ips", v.list_of(FIXED_IP), UNSET),
        Attribute("device_id", v.text(), ""),
        Attribute("device_owner", v.text(), ""),
        Attribute("security_groups", v.list_of(v.uuid), UNSET),
        Attribute("port_security_enabled", v.flag, UNSET, network_owner=True),
        Attribute("allowed_address_pairs", v.list_of(PAIR), [], network_owner=True),
        Attribute("dns_name", v.host_name, ""),
        Attribute("binding:host_id", v.or_none(v.text()), UNSET, admin=True, private=True),
        Attribute("binding:profile", v.free_object, UNSET, admin=True, private=True),
        Attribute("binding:vnic_type", v.one_of(*VNIC_TYPES), UNSET),
    ),
)
SECURITY_GROUP = Kind(
    "security_group",
    "security_groups",
    "security-groups",
    (NAME, PROJECT, NOTE, Attribute("stateful", v.one_of(True), True)),
)
RULE = Kind(
    "security_group_rule",
    "security_group_rules",
    "security-group-rules",
    (
        PROJECT,
        NOTE,
        _fixed("security_group_id", v.uuid),
        _fixed("direction", v.one_of("ingress", "egress")),
        _fixed("ethertype", v.one_of("IPv4", "IPv6"), "IPv4"),
        _fixed("protocol", _protocol, None),
        _fixed("port_range_min", v.or_none(v.number(-1, 65535)), None),
        _fixed("port_range_max", v.or_none(v.number(-1, 65535)), None),
        _fixed("remote_ip_prefix", v.or_none(v.prefix), None),
        _fixed("remote_group_id", OWNED_ID, None),
    ),
)


def for_create(kind: Kind, body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Stored values; attributes left UNSET are absent. Faults 400 and 403."""
    given = _own(kind, body, caller, "create", "post")
    for attribute in kind.attributes:
        if attribute.name in given or attribute.default is UNSET:
            continue
        if attribute.default is REQUIRED:
            text = f"Failed to parse request. Required attribute '{attribute.name}' not specified"
            raise bad_request(text, "HTTPBadRequest")
        given[attribute.name] = attribute.default
    given["project_id"] = _project(kind, given.get("project_id"), caller)
    return given


def for_update(kind: Kind, body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    return _own(kind, body, caller, "update", "put")


def _own(
    kind: Kind, body: Mapping[str, Any], caller: Caller, verb: str, right: str
) -> dict[str, Any]:
    known = kind.by_name
    found: dict[str, Any] = {}
    for key, value in body.items():
        name = "project_id" if key == "tenant_id" else key
        attribute = known.get(name)
        if attribute is None:
            raise bad_request(f"Unrecognized attribute(s) '{key}'", "HTTPBadRequest")
        if not getattr(attribute, right):
            raise bad_request(f"Cannot {verb} read-only attribute {key}", "HTTPBadRequest")
        found[name] = _converted(attribute, value)
        if attribute.admin and not caller.is_admin and found[name] != attribute.default:
            raise disallowed(f"{verb}_{kind.singular}:{name}")
    return found


def _converted(attribute: Attribute, value: Any) -> Any:
    try:
        return attribute.convert(value)
    except ValueError as error:
        raise invalid(attribute.name, str(error)) from None


def _project(kind: Kind, asked: str | None, caller: Caller) -> str:
    if asked and asked != caller.project_id and not caller.is_admin:
        raise disallowed(f"create_{kind.singular}")
    project = asked or caller.project_id
    if not project:
        raise Fault(400, "The token has no project, so the body must name one.")
    return project
