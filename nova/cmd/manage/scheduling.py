"""nova-manage scheduler: why a server went where it went."""

import json
from argparse import Namespace

from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.output import print_table
from nova.objects.decisions import Decision

NO_DECISION = 2
SHOWN = 20


def explain(desk: Desk, asked: Namespace) -> int:
    """0, or 2 when nothing is kept about the server."""
    found = desk.api.decisions.of_server(asked.server, asked.last)
    if not found:
        print(f"Nothing is kept about decisions for server {asked.server}.")
        return NO_DECISION
    for number, decision in enumerate(found):
        print(end="\n" if number else "")
        _show(decision, asked.hosts)
    return 0


def _show(decision: Decision, most: int) -> None:
    where = f"host {decision.host}, node {decision.node}" if decision.host else "no host"
    print(f"{decision.at.isoformat()}  {decision.kind} ({decision.request_id}): {where}"
          f" in {decision.seconds * 1000:.1f} ms")
    found = decision.findings
    if decision.reason:
        print(f"Reason: {decision.reason}")
    print("Asked: " + (", ".join(f"{k} {v}" for k, v in found.asked.items()) or "nothing"))
    for cause in found.causes:
        if cause["emptied"]:
            print(f"No host has: {cause['cause']} ({cause['asked']})")
    verdicts = list(found.verdicts())
    rows = [_row(one) for one in verdicts[:most]]
    if rows:
        print_table(("Host", "Node", "Score or check", "Weights or reason", "Asked", "Free"), rows)
    left = len(verdicts) - len(rows) + found.omitted
    if left > 0:
        print(f"... and {left} hosts more")


def _row(one: dict[str, object]) -> tuple[object, ...]:
    if one["result"] == "fits":
        return (one["host"], one["node"], one["score"], _plain(one["weights"]), "", "")
    return (one["host"], one["node"], one["check"], one["reason"], _plain(one["asked"]),
            _plain(one["free"]))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


COMMANDS = (
    Command(
        "scheduler", "explain", explain, "Tell why a server went where it went, or nowhere.",
        (argument("server", metavar="<server>", help="uuid of the server"),
         argument("--last", type=int, default=1, help="how many decisions, the latest first"),
         argument("--hosts", type=int, default=SHOWN, help="how many hosts of each")),
    ),
)  # fmt: skip
