"""What the gate tries by itself, beside Tempest: clients, guests, tokens, WSGI servers."""

import multiprocessing
import re
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from tools.gate_parts.checks import commands, login, sdk, tokens, wsgi
from tools.gate_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

# Most of their time they wait.
SIDE_BY_SIDE = 4
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
    wanted = {name: one for name, one in CHECKS.items() if re.search(regex, name)}
    failed = 0
    # Processes: the stock client speaks to what all threads of one share.
    with ProcessPoolExecutor(SIDE_BY_SIDE, multiprocessing.get_context("fork")) as pool:
        running = {pool.submit(_tried, one, layout): name for name, one in wanted.items()}
        for done in as_completed(running):
            seconds, trouble = done.result()
            failed += bool(trouble)
            now = f"[{progress.elapsed():6.1f} s]"
            progress.say(f"{now} {running[done]} ... {seconds:.1f} s{trouble}")
    progress.say(f"checks: {len(wanted) - failed} passed, {failed} failed")
    return 0 if wanted and not failed else 1


def _tried(check: Callable[[Layout], None], layout: Layout) -> tuple[float, str]:
    """How long it took, and what went wrong."""
    begin, trouble = time.monotonic(), ""
    try:
        check(layout)
    except Exception:
        trouble = f", failed\n{traceback.format_exc(limit=-3)}"
    return time.monotonic() - begin, trouble
