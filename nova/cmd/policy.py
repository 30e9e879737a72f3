"""nova-policy: what the rules of this cloud let somebody do."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from nova.api.policies import rules_of
from nova.api.routes import all_routes
from nova.api.rules import Rules
from nova.cmd.manage.command import Command, Desk, argument, load, run_chosen
from nova.cmd.manage.lookup import server
from nova.core.clock import RealClock
from nova.errors import NovaError

PROGRAM = "nova-policy"
TARGETS = ("project_id", "user_id", "quota_class", "availability_zone", "instance_id")
NO_RULE = 1


class BadTarget(NovaError):
    template = "Invalid target: {reason}"


def check(desk: Desk, asked: Namespace) -> int:
    """Print the rules that pass; 1 when none does."""
    rules = Rules(desk.conf)
    rules.register_defaults(rules_of(all_routes()))
    rules.suppress_default_change_warnings = True
    caller = _caller(asked)
    target = _target(desk, asked.target or (), caller)
    passing = [
        name for name in sorted(rules.registered_rules)
        if (asked.api_name or "") in name and rules.decide(name, target, caller)
    ]
    print("\n".join(passing) if passing else f"No rule matches {asked.api_name or 'any name'}.")
    return 0 if passing else NO_RULE


def _caller(asked: Namespace) -> dict[str, Any]:
    named = asked.os_roles or os.environ.get("OS_ROLES", "")
    roles = tuple(role.strip() for role in named.split(",") if role.strip())
    return {
        "roles": roles,
        "user_id": asked.os_user_id or os.environ.get("OS_USER_ID"),
        "project_id": asked.os_tenant_id or os.environ.get("OS_TENANT_ID"),
        "is_admin": "admin" in {role.lower() for role in roles}, "system_scope": None,
        "domain_id": None, "service_roles": (), "user_domain_id": None, "project_domain_id": None,
    }  # fmt: skip


def _target(desk: Desk, pairs: Sequence[str], caller: dict[str, Any]) -> dict[str, Any]:
    """What the caller owns, unless said otherwise; a server tells its owner itself."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or name not in TARGETS:
            raise BadTarget(reason=f"{pair!r}; give KEY=VALUE of {', '.join(TARGETS)}")
        given[name] = value
    if "instance_id" in given:
        found = server(desk, given["instance_id"])
        if found is None:
            raise BadTarget(reason=f"there is no instance {given['instance_id']}")
        return {"user_id": found.instance.user_id, "project_id": found.instance.project_id}
    return given or {"user_id": caller["user_id"], "project_id": caller["project_id"]}


COMMANDS = (
    Command(
        "policy", "check", check, "Print the rules that somebody passes.",
        (argument("--api-name", help="only rules whose names contain this"),
         argument("--target", nargs="+", metavar="KEY=VALUE"),
         argument("--os-roles"),
         argument("--os-user-id"),
         argument("--os-tenant-id")),
    ),
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """0 when a rule passes; 1 when none does, or the arguments cannot be read."""
    conf = load(PROGRAM, argv, COMMANDS, NO_RULE)
    try:
        return run_chosen(Desk(conf, RealClock()))
    except NovaError as error:
        print(f"{PROGRAM}: {error.message}", file=sys.stderr)
        return NO_RULE


if __name__ == "__main__":
    sys.exit(main())
