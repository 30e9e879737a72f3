"""Policies of all routes: their rules for oslo.policy, and who may what."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oslo_config import cfg
from oslo_policy import policy as oslo

from nova.api.routes import all_routes
from nova.api.rules import Rules
from nova.conf import load
from nova.context import RequestContext
from nova.core.call import Route
from nova.core.policy import PERSONAS, Operation, Policy, PolicyRefused

IS_ADMIN = "context_is_admin"


def rules_of(routes: Iterable[Route]) -> list[oslo.RuleDefault]:
    """Personas first, then one rule per policy, with every operation it governs."""
    governed: dict[Policy, list[Operation]] = {}
    for route in routes:
        path = route.path + (f" ({route.action})" if route.action else "")
        for policy in _policies(route):
            governed.setdefault(policy, []).append(Operation(route.method, path))
    rules = [
        policy.default_for(tuple(dict.fromkeys(operations)))
        for policy, operations in sorted(governed.items(), key=lambda item: item[0].rule)
    ]
    return [*(persona.default() for persona in PERSONAS), *rules]


def _policies(route: Route) -> tuple[Policy, ...]:
    return (*route.policies, *((route.policy,) if route.policy else ()))


def list_rules() -> list[oslo.RuleDefault]:
    """For the sample generators of oslo.policy."""
    return rules_of(all_routes())


def enforcer() -> oslo.Enforcer:
    """For oslo.policy's own tools, which look at what a process here would enforce."""
    return _registered(Rules(load("nova", [])), list_rules())


def _registered(made: Rules, rules: Iterable[oslo.RuleDefault]) -> Rules:
    made.register_defaults(list(rules))
    # An operator knows what changed from the release notes; a warning at every start does not help.
    made.suppress_default_change_warnings = True
    return made


class PolicyEnforcer:
    """nova.core.policy.Enforcer over oslo.policy, with the operator's policy files.

    `monotonic` tells seconds; without it the files are looked at at every question.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        routes: Iterable[Route],
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._rules = _registered(Rules(conf, monotonic), rules_of(routes))
        self._rules.load_rules()

    def enforce(
        self, context: RequestContext, policy: Policy, target: Mapping[str, Any] | None = None
    ) -> None:
        if not self.allows(context, policy, target):
            raise PolicyRefused(rule=policy.rule)

    def allows(
        self, context: RequestContext, policy: Policy, target: Mapping[str, Any] | None = None
    ) -> bool:
        return self._passes(policy.rule, context, target)

    def is_admin(self, context: RequestContext) -> bool:
        """Whether the operator's rules make this caller an administrator."""
        return self._passes(IS_ADMIN, context, None)

    def _passes(
        self, rule: str, context: RequestContext, target: Mapping[str, Any] | None
    ) -> bool:
        about = _own(context) if target is None else dict(target)
        return self._rules.decide(rule, about, _credentials(context))


def _own(context: RequestContext) -> dict[str, Any]:
    return {"project_id": context.project_id, "user_id": context.user_id}


def _credentials(context: RequestContext) -> dict[str, Any]:
    return {
        "user_id": context.user_id,
        "project_id": context.project_id,
        "user_domain_id": context.user_domain_id,
        "project_domain_id": context.project_domain_id,
        "domain_id": context.domain_id,
        "system_scope": context.system_scope,
        "roles": tuple(context.roles),
        "service_roles": tuple(context.service_roles),
        "is_admin": context.is_admin,
    }
