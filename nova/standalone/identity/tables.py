"""The tables of the identity service. Times are ISO 8601 texts in UTC."""

import sqlalchemy as sa

METADATA = sa.MetaData()


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String, primary_key=True)


def _ref(name: str, target: str, nullable: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String, key, nullable=nullable, index=True)


def _extra() -> sa.Column[dict[str, object]]:
    return sa.Column("extra", sa.JSON, nullable=False, default=dict)


def _enabled() -> sa.Column[bool]:
    return sa.Column("enabled", sa.Boolean, nullable=False, default=True)


DOMAINS = sa.Table(
    "domains",
    METADATA,
    _id(),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("description", sa.String),
    _enabled(),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
    sa.Column("options", sa.JSON, nullable=False, default=dict),
    _extra(),
)

PROJECTS = sa.Table(
    "projects",
    METADATA,
    _id(),
    sa.Column("name", sa.String, nullable=False),
    _ref("domain_id", "domains.id"),
    sa.Column("parent_id", sa.String, nullable=False),
    sa.Column("description", sa.String),
    _enabled(),
    sa.Column("is_domain", sa.Boolean, nullable=False, default=False),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
    sa.Column("options", sa.JSON, nullable=False, default=dict),
    _extra(),
    sa.UniqueConstraint("domain_id", "name"),
)

USERS = sa.Table(
    "users",
    METADATA,
    _id(),
    sa.Column("name", sa.String, nullable=False),
    _ref("domain_id", "domains.id"),
    sa.Column("default_project_id", sa.String),
    sa.Column("description", sa.String),
    sa.Column("email", sa.String),
    _enabled(),
    sa.Column("password_hash", sa.String),
    sa.Column("options", sa.JSON, nullable=False, default=dict),
    _extra(),
    sa.UniqueConstraint("domain_id", "name"),
)

ROLES = sa.Table(
    "roles",
    METADATA,
    _id(),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("domain_id", sa.String),
    sa.Column("description", sa.String),
    sa.Column("options", sa.JSON, nullable=False, default=dict),
    _extra(),
)

# Who has the role `prior` also has the role `implied`.
IMPLICATIONS = sa.Table(
    "role_implications",
    METADATA,
    sa.Column("prior", sa.ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("implied", sa.ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)

# `kind` is project, domain or system; `target` is its id ("all" for the system).
ASSIGNMENTS = sa.Table(
    "assignments",
    METADATA,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("target", sa.String, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)

REGIONS = sa.Table(
    "regions",
    METADATA,
    _id(),
    sa.Column("description", sa.String, nullable=False, default=""),
    sa.Column("parent_region_id", sa.ForeignKey("regions.id")),
    _extra(),
)

SERVICES = sa.Table(
    "services",
    METADATA,
    _id(),
    sa.Column("type", sa.String, nullable=False),
    sa.Column("name", sa.String),
    sa.Column("description", sa.String),
    _enabled(),
    _extra(),
)

ENDPOINTS = sa.Table(
    "endpoints",
    METADATA,
    _id(),
    _ref("service_id", "services.id"),
    sa.Column("region_id", sa.ForeignKey("regions.id")),
    sa.Column("interface", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    _enabled(),
    _extra(),
)

APPLICATION_CREDENTIALS = sa.Table(
    "application_credentials",
    METADATA,
    _id(),
    sa.Column("name", sa.String, nullable=False),
    _ref("user_id", "users.id"),
    _ref("project_id", "projects.id"),
    sa.Column("secret_hash", sa.String, nullable=False),
    sa.Column("description", sa.String),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("unrestricted", sa.Boolean, nullable=False),
    sa.Column("expires_at", sa.String),
    sa.UniqueConstraint("user_id", "name"),
)

# The token itself is not stored, only its SHA-256: the file gives nobody access.
TOKENS = sa.Table(
    "tokens",
    METADATA,
    sa.Column("digest", sa.String, primary_key=True),
    _ref("user_id", "users.id"),
    sa.Column("methods", sa.JSON, nullable=False),
    sa.Column("scope_kind", sa.String, nullable=False),
    sa.Column("scope_id", sa.String),
    sa.Column("audit_ids", sa.JSON, nullable=False),
    sa.Column("issued_at", sa.String, nullable=False),
    sa.Column("expires_at", sa.String, nullable=False, index=True),
    _ref("application_credential_id", "application_credentials.id", nullable=True),
)

# Unified limits: what holds for projects that have none of their own, and theirs.
REGISTERED_LIMITS = sa.Table(
    "registered_limits",
    METADATA,
    _id(),
    _ref("service_id", "services.id"),
    sa.Column("region_id", sa.ForeignKey("regions.id")),
    sa.Column("resource_name", sa.String, nullable=False),
    sa.Column("default_limit", sa.Integer, nullable=False),
    sa.Column("description", sa.String),
    _extra(),
    sa.UniqueConstraint("service_id", "region_id", "resource_name"),
)

LIMITS = sa.Table(
    "limits",
    METADATA,
    _id(),
    _ref("service_id", "services.id"),
    sa.Column("region_id", sa.ForeignKey("regions.id")),
    _ref("project_id", "projects.id", nullable=True),
    sa.Column("domain_id", sa.String),
    sa.Column("resource_name", sa.String, nullable=False),
    sa.Column("resource_limit", sa.Integer, nullable=False),
    sa.Column("description", sa.String),
    _extra(),
    sa.UniqueConstraint("service_id", "region_id", "project_id", "resource_name"),
)
