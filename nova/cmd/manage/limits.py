"""nova-manage limits: from our quotas to limits of the identity service."""

import re
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from nova.clients.identity.contract import IdentityUnavailable
from nova.cmd.manage import identity_limits, lookup
from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.identity_limits import IdentityLimits
from nova.cmd.manage.output import print_table
from nova.db.api.quotas import quotas
from nova.errors import NovaError
from nova.objects.flavor import Flavor
from nova.objects.store.errors import DatabaseUnavailable
from nova.objects.store.page import WHOLE
from nova.resources.quotas.limits import UNIFIED_NAMES, configured

ERROR, UNREACHABLE, MISSING = 1, 2, 3
_RESOURCE = re.compile(r"^resources\w*:([A-Z0-9_]+)$")


@dataclass
class _Plan:
    """{name: limit} to register, and {project: {name: limit}} to set."""

    registered: dict[str, int] = field(default_factory=dict)
    projects: dict[str, dict[str, int]] = field(default_factory=dict)


def migrate_to_unified_limits(desk: Desk, asked: Namespace) -> int:
    try:
        identity = identity_limits.connect(desk.conf, desk.clock, asked.region_id)
        return _migrate(desk, asked, identity)
    except (IdentityUnavailable, DatabaseUnavailable) as error:
        print(error.message)
        return UNREACHABLE
    except NovaError as error:
        print(error.message)
        return ERROR


def _migrate(desk: Desk, asked: Namespace, identity: IdentityLimits) -> int:
    there = identity.registered()
    plan = _Plan({name: limit for name, limit in _defaults(desk).items() if name not in there})
    for project, limits in _project_limits(desk, asked.project_id).items():
        present = identity.of_project(project)
        missing = {name: limit for name, limit in limits.items() if name not in present}
        if missing:
            plan.projects[project] = missing
    if not asked.quiet:
        _show(plan, dry_run=asked.dry_run)
    if not asked.dry_run:
        _carry_out(plan, identity)
    unlimited = _needed(desk, embedded=not asked.no_embedded_flavor_scan) - {
        *there, *plan.registered
    }
    if unlimited and not asked.quiet:
        print("WARNING: The following resource classes of flavors have no registered limit; servers"
              " of such flavors cannot be created:")  # fmt: skip
        print_table(("Resource",), [(name,) for name in sorted(unlimited)])
    return MISSING if unlimited else 0


def _carry_out(plan: _Plan, identity: IdentityLimits) -> None:
    """A limit of a project can only be set for what is registered."""
    identity.register(plan.registered)
    for project, limits in plan.projects.items():
        identity.set_of_project(project, limits)


def _defaults(desk: Desk) -> dict[str, int]:
    found = configured(desk.conf) | desk.api.quotas.class_limits("default")
    return _renamed(found)


def _renamed(limits: Mapping[str, int]) -> dict[str, int]:
    return {UNIFIED_NAMES[name]: limit for name, limit in limits.items() if name in UNIFIED_NAMES}


def _project_limits(desk: Desk, project_id: str | None) -> dict[str, dict[str, int]]:
    query = select(quotas.c.project_id).distinct().where(quotas.c.project_id.is_not(None))
    if project_id:
        query = query.where(quotas.c.project_id == project_id)
    projects = desk.api.database.read(
        lambda connection: connection.execute(query).scalars().all()
    )
    return {each: _renamed(desk.api.quotas.limits(each)) for each in projects}


def _needed(desk: Desk, *, embedded: bool) -> set[str]:
    """Names of the limits that flavors need."""
    names = {name for flavor in _flavors(desk, embedded=embedded) for name in _classes(flavor)}
    return {f"class:{name}" for name in names}


def _flavors(desk: Desk, *, embedded: bool) -> Iterable[Flavor]:
    yield from desk.api.flavors.find(WHOLE, public=None)
    for mapping in lookup.cells(desk) if embedded else ():
        for instance in lookup.every(desk.cell(mapping)):
            yield instance.flavor


def _classes(flavor: Flavor) -> set[str]:
    """Resource classes a server of this flavor holds."""
    named = {m.group(1) for key in flavor.extra_specs if (m := _RESOURCE.match(key))}
    if flavor.root_gb or flavor.ephemeral_gb or flavor.swap:
        named.add("DISK_GB")
    if flavor.extra_specs.get("hw:cpu_policy") in ("dedicated", "mixed"):
        named.add("PCPU")
    zero = {name for name in named if flavor.extra_specs.get(f"resources:{name}") == "0"}
    return (named | {"VCPU", "MEMORY_MB"}) - zero


def _show(plan: _Plan, *, dry_run: bool) -> None:
    note = "[dry-run] " if dry_run else ""
    if plan.registered:
        print(f"{note}Registered limits to create:")
        print_table(("Resource", "Default Limit"), sorted(plan.registered.items()))
    rows = [(project, name, limit) for project, limits in sorted(plan.projects.items())
            for name, limit in sorted(limits.items())]
    if rows:
        print(f"{note}Project limits to create:")
        print_table(("Project", "Resource", "Limit"), rows)


COMMANDS = (
    Command(
        "limits", "migrate_to_unified_limits", migrate_to_unified_limits,
        "Make limits in the identity service of the quotas kept here.",
        (argument("--project-id"), argument("--region-id"),
         argument("--verbose", action="store_true"),
         argument("--dry-run", action="store_true", help="only tell what would be done"),
         argument("--quiet", action="store_true", help="say nothing of limits"),
         argument("--no-embedded-flavor-scan", action="store_true",
                  help="do not look at the flavors of servers that are there")),
    ),
)  # fmt: skip
