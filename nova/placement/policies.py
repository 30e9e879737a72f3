"""Who may do what: the rules of placement with their defaults."""

from collections.abc import Iterable, Mapping
from typing import Any

from oslo_config import cfg
from oslo_policy import policy

from nova.placement import errors

ADMIN_OR_SERVICE = "rule:admin_or_service"
SERVICE = "rule:service"
READER_OR_SERVICE = "rule:project_reader_or_admin_or_service"

_DEPRECATED_ADMIN = policy.DeprecatedRule(
    name="admin_api",
    check_str="role:admin",
    deprecated_reason="Reshaping is a matter between services.",
    deprecated_since="13.0.0",
)

_BASE = (
    policy.RuleDefault("admin_api", "role:admin", "Default rule for administrators."),
    policy.RuleDefault("service", "role:service", "Default rule for services."),
    policy.RuleDefault(
        "admin_or_service", "role:admin or role:service", "Default rule for most of placement."
    ),
    policy.RuleDefault(
        "project_reader",
        "role:reader and project_id:%(project_id)s",
        "Default rule for reading what belongs to a project.",
    ),
    policy.RuleDefault(
        "project_reader_or_admin_or_service",
        "rule:project_reader or rule:admin_or_service",
        "Default rule for usages.",
    ),
)

_PROVIDER = "placement:resource_providers"

# rule, what it permits, method and path
_TABLE: tuple[tuple[str, str, str, str], ...] = (
    (f"{_PROVIDER}:list", "List resource providers.", "GET", "/resource_providers"),
    (f"{_PROVIDER}:create", "Create a resource provider.", "POST", "/resource_providers"),
    (f"{_PROVIDER}:show", "Show a resource provider.", "GET", "/resource_providers/{uuid}"),
    (f"{_PROVIDER}:update", "Update a resource provider.", "PUT", "/resource_providers/{uuid}"),
    (f"{_PROVIDER}:delete", "Delete a resource provider.", "DELETE", "/resource_providers/{uuid}"),
    ("placement:resource_classes:list", "List resource classes.", "GET", "/resource_classes"),
    ("placement:resource_classes:create", "Create a class.", "POST", "/resource_classes"),
    ("placement:resource_classes:show", "Show a class.", "GET", "/resource_classes/{name}"),
    ("placement:resource_classes:update", "Update a class.", "PUT", "/resource_classes/{name}"),
    ("placement:resource_classes:delete", "Delete a class.", "DELETE", "/resource_classes/{name}"),
    (
        f"{_PROVIDER}:inventories:list",
        "List the inventories of a provider.",
        "GET",
        "/resource_providers/{uuid}/inventories",
    ),
    (
        f"{_PROVIDER}:inventories:create",
        "Add an inventory.",
        "POST",
        "/resource_providers/{uuid}/inventories",
    ),
    (
        f"{_PROVIDER}:inventories:show",
        "Show an inventory.",
        "GET",
        "/resource_providers/{uuid}/inventories/{resource_class}",
    ),
    (
        f"{_PROVIDER}:inventories:update",
        "Change inventories.",
        "PUT",
        "/resource_providers/{uuid}/inventories",
    ),
    (
        f"{_PROVIDER}:inventories:delete",
        "Remove inventories.",
        "DELETE",
        "/resource_providers/{uuid}/inventories",
    ),
    (
        f"{_PROVIDER}:aggregates:list",
        "List the aggregates of a provider.",
        "GET",
        "/resource_providers/{uuid}/aggregates",
    ),
    (
        f"{_PROVIDER}:aggregates:update",
        "Replace the aggregates of a provider.",
        "PUT",
        "/resource_providers/{uuid}/aggregates",
    ),
    (
        f"{_PROVIDER}:usages",
        "Show what of a provider is used.",
        "GET",
        "/resource_providers/{uuid}/usages",
    ),
    ("placement:usages", "Show what a project uses.", "GET", "/usages"),
    ("placement:traits:list", "List traits.", "GET", "/traits"),
    ("placement:traits:show", "Ask whether a trait exists.", "GET", "/traits/{name}"),
    ("placement:traits:update", "Create a trait.", "PUT", "/traits/{name}"),
    ("placement:traits:delete", "Delete a trait.", "DELETE", "/traits/{name}"),
    (
        f"{_PROVIDER}:traits:list",
        "List the traits of a provider.",
        "GET",
        "/resource_providers/{uuid}/traits",
    ),
    (
        f"{_PROVIDER}:traits:update",
        "Replace the traits of a provider.",
        "PUT",
        "/resource_providers/{uuid}/traits",
    ),
    (
        f"{_PROVIDER}:traits:delete",
        "Remove the traits of a provider.",
        "DELETE",
        "/resource_providers/{uuid}/traits",
    ),
    ("placement:allocations:manage", "Write several allocations.", "POST", "/allocations"),
    ("placement:allocations:list", "Show allocations.", "GET", "/allocations/{consumer_uuid}"),
    ("placement:allocations:update", "Write allocations.", "PUT", "/allocations/{consumer_uuid}"),
    ("placement:allocations:delete", "Free all.", "DELETE", "/allocations/{consumer_uuid}"),
    (
        f"{_PROVIDER}:allocations:list",
        "List the allocations of a provider.",
        "GET",
        "/resource_providers/{uuid}/allocations",
    ),
    (
        "placement:allocation_candidates:list",
        "Ask for allocation candidates.",
        "GET",
        "/allocation_candidates",
    ),
    ("placement:reshaper:reshape", "Move inventories and allocations.", "POST", "/reshaper"),
)

_CHECKS = {
    "placement:usages": READER_OR_SERVICE,
    "placement:reshaper:reshape": SERVICE,
}


def list_rules() -> list[policy.RuleDefault]:
    """For oslopolicy-sample-generator, and for the service itself."""
    return [*_BASE, *(_documented(*row) for row in _TABLE)]


def _documented(name: str, meaning: str, method: str, path: str) -> policy.DocumentedRuleDefault:
    older: dict[str, Any] = {}
    if name == "placement:reshaper:reshape":
        older = {"deprecated_rule": _DEPRECATED_ADMIN}
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=_CHECKS.get(name, ADMIN_OR_SERVICE),
        scope_types=["project"],
        description=meaning,
        operations=[{"method": method, "path": path}],
        **older,
    )


class Gate:
    """Decides by the rules above and by the operator's policy file."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._enforcer = policy.Enforcer(conf)
        self._enforcer.register_defaults(list_rules())
        self._enforcer.load_rules()

    def check(self, rule: str, credentials: Mapping[str, Any], target: Mapping[str, Any]) -> None:
        """Raises `errors.Refused`."""
        try:
            permitted = self._enforcer.authorize(rule, dict(target), dict(credentials))
        except policy.InvalidScope:
            permitted = False
        if not permitted:
            raise errors.Refused(message=f"Policy does not allow {rule} to be performed.")


def names() -> Iterable[str]:
    return (row[0] for row in _TABLE)
