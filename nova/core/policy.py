"""Policies as declarations: a rule's name, who may by default, and what it is for."""

from dataclasses import dataclass
from typing import Any, Protocol

from oslo_policy import policy as oslo

from nova.errors import Forbidden

# Default checks of the contract.  Each is a named rule so that an operator can
# change a whole persona at one place.
ADMIN = "rule:context_is_admin"
ADMIN_OR_OWNER = "rule:admin_or_owner"
MEMBER = "rule:project_member_or_admin"
READER = "rule:project_reader_or_admin"
MANAGER = "rule:project_manager_or_admin"
SERVICE = "rule:service_api"
SERVICE_OR_ADMIN = "rule:service_or_admin"
ANY_READER = "rule:project_reader_api"
ADMIN_OR_USER = "(rule:context_is_admin) or user_id:%(user_id)s"
ANYONE = "@"
NOBODY = "!"

PREFIX = "os_compute_api:"
SINCE = "21.0.0"


class PolicyRefused(Forbidden):
    template = "Policy doesn't allow {rule} to be performed."


@dataclass(frozen=True)
class Operation:
    method: str
    path: str


@dataclass(frozen=True)
class Persona:
    """A rule that other rules refer to; `deprecated` as Policy's."""

    name: str
    check: str
    purpose: str
    deprecated: tuple[str, str] | None = None

    def default(self) -> oslo.RuleDefault:
        return oslo.RuleDefault(
            self.name, self.check, description=self.purpose,
            deprecated_rule=_deprecated(self.deprecated, "Roles tell more than is_admin."),
        )


_ADMIN_API = ("rule:admin_api", "is_admin:True")
_OWNER = ("rule:admin_or_owner", "is_admin:True or project_id:%(project_id)s")
PERSONAS = (
    Persona("context_is_admin", "role:admin", "Who is an administrator", _ADMIN_API),
    Persona("admin_or_owner", "is_admin:True or project_id:%(project_id)s",
            "Kept for rules written before there were personas"),
    Persona("admin_api", "is_admin:True", "Kept for rules written before there were personas"),
    Persona("project_manager_api", "role:manager and project_id:%(project_id)s",
            "Who manages the project", _ADMIN_API),
    Persona("project_member_api", "role:member and project_id:%(project_id)s",
            "Who may change what the project owns", _OWNER),
    Persona("project_reader_api", "role:reader and project_id:%(project_id)s",
            "Who may see what the project owns", _OWNER),
    Persona("project_manager_or_admin", "rule:project_manager_api or rule:context_is_admin",
            "A manager of the project, or an administrator", _ADMIN_API),
    Persona("project_member_or_admin", "rule:project_member_api or rule:context_is_admin",
            "A member of the project, or an administrator", _OWNER),
    Persona("project_reader_or_admin", "rule:project_reader_api or rule:context_is_admin",
            "A reader of the project, or an administrator", _OWNER),
    Persona("service_api", "role:service", "Another service of the cloud", _ADMIN_API),
    Persona("service_or_admin", "rule:service_api or rule:context_is_admin",
            "Another service of the cloud, or an administrator", _ADMIN_API),
)


@dataclass(frozen=True)
class Policy:
    """One rule; `name` is whole unless it starts with neither a known prefix.

    `default` is an oslo.policy check string, `scopes` the token scopes it
    takes, `deprecated` the (rule, check) that an operator's file may still name.
    """

    name: str
    default: str
    purpose: str
    scopes: tuple[str, ...] = ("project",)
    deprecated: tuple[str, str] | None = None

    @property
    def rule(self) -> str:
        whole = (PREFIX, "compute:", "compute_api:", "network:", "cells_scheduler_filter:")
        return self.name if self.name.startswith(whole) else PREFIX + self.name

    def default_for(self, operations: tuple[Operation, ...]) -> oslo.DocumentedRuleDefault:
        """What oslo.policy registers and its sample generators print."""
        return oslo.DocumentedRuleDefault(
            name=self.rule,
            check_str=self.default,
            description=self.purpose,
            operations=[{"method": o.method, "path": o.path} for o in operations]
            or [{"method": "GET", "path": "/"}],
            scope_types=list(self.scopes),
            deprecated_rule=_deprecated(self.deprecated, "The rule was split into finer ones."),
        )


def _deprecated(old: tuple[str, str] | None, reason: str) -> oslo.DeprecatedRule | None:
    if old is None:
        return None
    return oslo.DeprecatedRule(old[0], old[1], deprecated_reason=reason, deprecated_since=SINCE)


class Enforcer(Protocol):
    """Answers whether the caller may; reached by actions through their call."""

    def enforce(self, context: Any, policy: Policy, target: dict[str, Any] | None = None) -> None:
        """Raise PolicyRefused (403) unless allowed."""

    def allows(
        self, context: Any, policy: Policy, target: dict[str, Any] | None = None
    ) -> bool: ...
