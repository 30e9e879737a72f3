"""The tables of the network service. Times are ISO 8601 texts in UTC."""

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()


def _standard() -> tuple[sa.Column[Any], ...]:
    """What every resource has."""
    return (
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False, default=""),
        sa.Column("project_id", sa.String, nullable=False, index=True),
        sa.Column("description", sa.String, nullable=False, default=""),
        sa.Column("tags", sa.JSON, nullable=False, default=list),
        sa.Column("revision_number", sa.Integer, nullable=False, default=1),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )


def _ref(name: str, target: str, **more: Any) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String, key, index=True, **more)


def _list(name: str) -> sa.Column[list[Any]]:
    return sa.Column(name, sa.JSON, nullable=False, default=list)


NETWORKS = sa.Table(
    "networks",
    METADATA,
    *_standard(),
    sa.Column("admin_state_up", sa.Boolean, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("router:external", sa.Boolean, nullable=False, key="router:external"),
    sa.Column("mtu", sa.Integer, nullable=False),
    sa.Column("port_security_enabled", sa.Boolean, nullable=False),
    sa.Column("dns_domain", sa.String, nullable=False),
)

SUBNETS = sa.Table(
    "subnets",
    METADATA,
    *_standard(),
    _ref("network_id", "networks.id", nullable=False),
    sa.Column("ip_version", sa.Integer, nullable=False),
    sa.Column("cidr", sa.String, nullable=False),
    sa.Column("gateway_ip", sa.String),
    sa.Column("enable_dhcp", sa.Boolean, nullable=False),
    _list("allocation_pools"),
    _list("dns_nameservers"),
    _list("host_routes"),
    sa.Column("ipv6_address_mode", sa.String),
    sa.Column("ipv6_ra_mode", sa.String),
    # The last address handed out: the next one is looked for after it, so that
    # an address just given back rests as long as others are free.
    sa.Column("last_address", sa.String),
)

PORTS = sa.Table(
    "ports",
    METADATA,
    *_standard(),
    _ref("network_id", "networks.id", nullable=False),
    sa.Column("mac_address", sa.String, nullable=False),
    sa.Column("admin_state_up", sa.Boolean, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("device_id", sa.String, nullable=False, index=True),
    sa.Column("device_owner", sa.String, nullable=False),
    sa.Column("port_security_enabled", sa.Boolean, nullable=False),
    sa.Column("dns_name", sa.String, nullable=False),
    _list("allowed_address_pairs"),
    sa.UniqueConstraint("network_id", "mac_address"),
)

ALLOCATIONS = sa.Table(
    "allocations",
    METADATA,
    sa.Column("subnet_id", sa.ForeignKey("subnets.id"), primary_key=True),
    sa.Column("ip_address", sa.String, primary_key=True),
    _ref("port_id", "ports.id", nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
)

# One row is ACTIVE (its host "" while the port is unbound); others prepare a move.
BINDINGS = sa.Table(
    "bindings",
    METADATA,
    _ref("port_id", "ports.id", primary_key=True),
    sa.Column("host", sa.String, primary_key=True),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("vnic_type", sa.String, nullable=False),
    sa.Column("profile", sa.JSON, nullable=False),
    sa.Column("vif_type", sa.String, nullable=False),
    sa.Column("vif_details", sa.JSON, nullable=False),
)

SECURITY_GROUPS = sa.Table(
    "security_groups",
    METADATA,
    *_standard(),
    sa.Column("stateful", sa.Boolean, nullable=False),
)

RULES = sa.Table(
    "security_group_rules",
    METADATA,
    *(column for column in _standard() if column.name not in ("name", "tags")),
    _ref("security_group_id", "security_groups.id", nullable=False),
    sa.Column("direction", sa.String, nullable=False),
    sa.Column("ethertype", sa.String, nullable=False),
    sa.Column("protocol", sa.String),
    sa.Column("port_range_min", sa.Integer),
    sa.Column("port_range_max", sa.Integer),
    sa.Column("remote_ip_prefix", sa.String),
    _ref("remote_group_id", "security_groups.id", nullable=True),
)

PORT_GROUPS = sa.Table(
    "port_security_groups",
    METADATA,
    _ref("port_id", "ports.id", primary_key=True),
    sa.Column("security_group_id", sa.ForeignKey("security_groups.id"), primary_key=True),
)

# The network made for a project that asked for any network at all.
AUTO_NETWORKS = sa.Table(
    "auto_networks",
    METADATA,
    sa.Column("project_id", sa.String, primary_key=True),
    _ref("network_id", "networks.id", nullable=False),
)

# Only what differs from the service's defaults.
QUOTAS = sa.Table(
    "quotas",
    METADATA,
    sa.Column("project_id", sa.String, primary_key=True),
    sa.Column("resource", sa.String, primary_key=True),
    sa.Column("limit", sa.Integer, nullable=False),
)
