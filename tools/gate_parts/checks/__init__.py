"""What the gate tries by itself, beside Tempest: clients, guests, tokens, WSGI servers."""

import re
import traceback
from collections.abc import Callable

from tools.gate_parts.checks import commands, login, sdk, tokens, wsgi
from tools.gate_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

CHECKS: dict[str, Callable[[Layout], None]] = {
    "openstacksdk: the cloud layer": sdk.cloud_layer,
    "openstacksdk: the compute proxy": sdk.compute_proxy,
    "python-openstackclient": commands.commands,
    "a guest that is logged in to, and its metadata": login.login,
    "service tokens and tokens that expired": tokens.tokens,
    "uwsgi serves the compute API": wsgi.compute,
    "uwsgi serves metadata": wsgi.metadata,
}


def check(layout: Layout, progress: Progress, regex: str = "") -> int:
    """Exit code 0 when all is well that `regex` finds; prints how many passed and failed."""
    failed = []
    wanted = {name: one for name, one in CHECKS.items() if re.search(regex, name)}
    for name, one in wanted.items():
        try:
            with progress.step(name):
                one(layout)
        except Exception:
            failed.append(name)
            progress.say(traceback.format_exc(limit=-3))
    progress.say(f"checks: {len(wanted) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
