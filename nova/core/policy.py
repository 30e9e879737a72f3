"""Policies as declarations: a rule's name, who may by default, and what it is for."""

from dataclasses import dataclass
from typing import Any, Protocol

from oslo_policy import policy as oslo

# Default checks of the contract.  Each is a named rule so that an operator can
# change a whole persona at one place.
ADMIN = "rule:context_is_admin"
ADMIN_OR_OWNER = "rule:admin_or_owner"
MEMBER = "rule:project_member_or_admin"
READER = "rule:project_reader_or_admin"
MANAGER = "rule:project_manager_or_admin"
SERVICE = "rule:service_api"
ANY_READER = "rule:project_reader_api"
ANYONE = "@"
NOBODY = "!"

PREFIX = "os_compute_api:"


@dataclass(frozen=True)
class Operation:
    method: str
    path: str


@dataclass(frozen=True)
class Policy:
    """One rule; `name` is whole unless it starts with neither a known prefix.

    `default` is an oslo.policy check string, `scopes` the token scopes it takes.
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
            or [{"method": "*", "path": "/"}],
            scope_types=list(self.scopes),
        )


class Enforcer(Protocol):
    """Answers whether the caller may; reached by actions through their call."""

    def enforce(self, context: Any, policy: Policy, target: dict[str, Any] | None = None) -> None:
        """Raise PolicyRefused (403) unless allowed."""

    def allows(self, context: Any, policy: Policy, target: dict[str, Any] | None = None) -> bool: ...
