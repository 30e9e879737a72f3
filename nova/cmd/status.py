"""nova-status: whether a cloud is ready for this release."""

import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import yaml
from oslo_config import cfg
from oslo_policy.policy import Enforcer
from prettytable import HRuleStyle, PrettyTable

from nova.clients.catalog import Wanted
from nova.clients.http import Answer, Call, ServiceHttp
from nova.clients.login import (
    Login,
    ServiceOptions,
    load_credentials,
    load_login,
    load_session,
)
from nova.cmd.manage.command import Command, Desk, load, run_chosen
from nova.cmd.manage.lookup import every
from nova.cmd.manage.machine_types import recorded
from nova.context import admin_context
from nova.core.clock import RealClock
from nova.errors import Unavailable
from nova.objects.cloud import CELL0_UUID

PROGRAM = "nova-status"
UNEXPECTED = 255
# Versions of services that hosts report.
OLDEST_COMPUTE = 1
OLDEST_PLACEMENT = (1, 36)
OLDEST_CINDER = (3, 44)
WIDTH = 60


class Result(IntEnum):
    Success = 0
    Warning = 1
    Failure = 2


Finding = tuple[Result, str]
FINE: Finding = (Result.Success, "")


def cells(desk: Desk) -> Finding:
    mappings = desk.api.cells.find()
    if len(mappings) < 2:
        return Result.Failure, (
            "There needs to be at least two cell mappings, one for cell0 and one for your first"
            " cell. Run command 'nova-manage cell_v2 simple_cell_setup' and then retry."
        )
    if not any(each.uuid == CELL0_UUID for each in mappings):
        return Result.Failure, (
            "No cell0 mapping found. Run command 'nova-manage cell_v2 simple_cell_setup' and then"
            " retry."
        )
    if desk.api.hosts.find():
        return FINE
    if any(desk.cell(each).nodes.find() for each in mappings):
        return Result.Failure, (
            "No host mappings found but there are compute nodes. Run command 'nova-manage cell_v2"
            " simple_cell_setup' and then retry."
        )
    return Result.Success, (
        "No host mappings or compute nodes were found. Remember to run command 'nova-manage"
        " cell_v2 discover_hosts' when new compute hosts are deployed."
    )


def placement(desk: Desk) -> Finding:
    try:
        answer = _ask(desk, "placement", "")
    except Unavailable as error:
        return Result.Failure, error.message
    if answer.status == 404:
        return Result.Failure, "Placement API endpoint not found."
    newest = _newest(answer)
    if newest is None or newest < OLDEST_PLACEMENT:
        return Result.Failure, (
            f"Placement API version {_dotted(OLDEST_PLACEMENT)} needed, you have"
            f" {_dotted(newest)}."
        )
    return FINE


def cinder(desk: Desk) -> Finding:
    """Whether volumes can be attached; a cloud may have none."""
    credentials = load_credentials(desk.conf, "cinder")
    if credentials is None:
        return FINE
    try:
        newest = _newest(_ask_volumes(desk, credentials))
    except Unavailable as error:
        return Result.Warning, f"Unable to determine Cinder API version: {error.message}"
    if newest is None:
        return Result.Warning, "Unable to determine Cinder API version."
    if newest < OLDEST_CINDER:
        return Result.Failure, (
            f"Cinder API {_dotted(OLDEST_CINDER)} or greater is required. Install at least Cinder"
            " 12.0.0 (Queens)."
        )
    return FINE


def policy_file(desk: Desk) -> Finding:
    name = desk.conf.find_file(Enforcer(desk.conf).policy_file)
    if name is None or not _is_json(Path(name).read_text()):
        return FINE
    return Result.Failure, (
        "Your policy file is JSON-formatted which is deprecated. You need to switch to"
        " YAML-formatted file. Use the ``oslopolicy-convert-json-to-yaml`` tool to convert the"
        " existing JSON-formatted files to YAML in a backwards-compatible manner."
    )


def old_computes(desk: Desk) -> Finding:
    old = [
        f"{service.host} ({service.version})"
        for mapping in desk.api.cells.find()
        for service in desk.cell(mapping).services.find(binary="nova-compute")
        if service.version < OLDEST_COMPUTE
    ]
    if not old:
        return FINE
    return Result.Failure, (
        f"Current Nova version does not support computes older than {OLDEST_COMPUTE} but these"
        f" are: {', '.join(sorted(old))}"
    )


def machine_types(desk: Desk) -> Finding:
    for mapping in desk.api.cells.find():
        if any(not recorded(each) for each in every(desk.cell(mapping))):
            return Result.Warning, (
                "Instances found without hw_machine_type set. This warning can be ignored if your"
                " environment does not contain libvirt based compute hosts. Use the `nova-manage"
                " libvirt list_unset_machine_type` command to list these instances."
            )
    return FINE


def service_user(desk: Desk) -> Finding:
    if desk.conf.service_user.send_service_user_token:
        return FINE
    return Result.Failure, (
        "Service user token configuration is required for all Nova services. For more details see"
        " the following: https://docs.openstack.org/nova/latest/admin/configuration/"
        "service-user-token.html"
    )


CHECKS: tuple[tuple[str, Callable[[Desk], Finding]], ...] = (
    ("Cells v2", cells),
    ("Placement API", placement),
    ("Cinder API", cinder),
    ("Policy File JSON to YAML Migration", policy_file),
    ("Older than N-1 computes", old_computes),
    ("hw_machine_type unset", machine_types),
    ("Service User Token Configuration", service_user),
)


def upgrade_check(desk: Desk, _asked: Any) -> int:
    """The worst of all results."""
    found = [(name, check(desk)) for name, check in CHECKS]
    _show(found)
    return max(result for _, (result, _) in found)


def _show(found: Sequence[tuple[str, Finding]]) -> None:
    table = PrettyTable(["Upgrade Check Results"], hrules=HRuleStyle.ALL)
    table.align = "l"
    for name, (result, details) in found:
        lines = [f"Check: {name}", f"Result: {result.name}"]
        if details:
            lines.append(textwrap.fill(f"Details: {details}", WIDTH, subsequent_indent="  "))
        table.add_row(["\n".join(lines)])
    print(table)


def _ask(desk: Desk, group: str, version_path: str) -> Answer:
    return _send(desk, group, load_login(desk.conf, group, version_path))


def _send(desk: Desk, service: str, login: Any) -> Answer:
    return ServiceHttp(service, login, desk.clock).send(admin_context(), Call("GET", "/"))


def _ask_volumes(desk: Desk, credentials: Any) -> Answer:
    """Its list of versions is above the endpoint that the catalogue has."""
    group = desk.conf.cinder
    kind, name, interface = group.catalog_info.split(":")
    wanted = Wanted(kind, name or None, (interface,), group.os_region_name)
    session = load_session(desk.conf, "cinder")
    options = ServiceOptions(wanted, group.endpoint_template, "")
    found = Login(options, session, credentials).endpoint(admin_context())
    if found is None:
        raise Unavailable(service="cinder", reason="no catalogue says where it is")
    root = re.sub(r"/v\d.*$", "", found.rstrip("/"))
    above = ServiceOptions(wanted, root, "")
    return _send(desk, "cinder", Login(above, session, credentials))


def _newest(answer: Answer) -> tuple[int, ...] | None:
    """The newest microversion of a document of versions."""
    try:
        versions = answer.json().get("versions") or ()
    except (ValueError, AttributeError):
        return None
    found = [each.get("max_version") or each.get("version") for each in versions]
    return max((tuple(map(int, each.split("."))) for each in found if each), default=None)


def _dotted(version: tuple[int, ...] | None) -> str:
    return ".".join(map(str, version)) if version else "none"


def _is_json(text: str) -> bool:
    """YAML takes all JSON, so it is told by its first sign."""
    begins = text.lstrip()[:1] == "{"
    return begins and isinstance(yaml.safe_load(text), dict)


COMMANDS = (Command("upgrade", "check", upgrade_check, "Check this cloud for an upgrade."),)


def main(argv: Sequence[str] | None = None) -> int:
    """The worst result of the checks; 255 when they could not be made."""
    conf = load(PROGRAM, argv, COMMANDS, UNEXPECTED)
    return _run(conf)


def _run(conf: cfg.ConfigOpts) -> int:
    try:
        return run_chosen(Desk(conf, RealClock()))
    except Exception:
        print("Error:", file=sys.stderr)
        traceback.print_exc()
        return UNEXPECTED


if __name__ == "__main__":
    sys.exit(main())
