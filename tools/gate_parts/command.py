"""The command line of tools/gate."""

import argparse
import sys
from pathlib import Path

from tools.daemons.process import Failed
from tools.gate_parts import checks, ci, tempest
from tools.gate_parts.cloud import Cloud
from tools.gate_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

DEFAULT_STATE = Path("/var/lib/nova-gate")


def main(arguments: list[str], usage: str) -> int:
    """Exit code: 0 done, 1 failed (with the reason on stderr)."""
    if {"-h", "--help"} & set(arguments):
        print(usage)
        return 0
    asked = _parser().parse_args(arguments)
    layout = Layout.load(asked.state_dir.resolve(), asked.venvs)
    progress = Progress()
    cloud = Cloud(layout, progress, volumes=asked.what != "ci")
    try:
        return _do(cloud, layout, asked, progress)
    except (Failed, OSError) as problem:
        print(f"gate: {problem}", file=sys.stderr)
        return 1


def _do(cloud: Cloud, layout: Layout, asked: argparse.Namespace, progress: Progress) -> int:
    if asked.what == "status":
        return 0 if cloud.status() else 1
    if asked.what == "test":
        return tempest.test(layout, tempest.Run(
            asked.regex or tempest.COMPUTE, asked.concurrency, quick=asked.quick
        ))
    if asked.what == "check":
        return checks.check(layout, progress, asked.regex or "")
    if asked.what == "ci":
        return ci.judge(layout, progress, asked.concurrency)
    if asked.what == "down":
        cloud.down(asked.purge)
    else:
        cloud.up()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/gate", add_help=False)
    parser.add_argument(
        "what", nargs="?", default="up", choices=("up", "check", "test", "ci", "down", "status")
    )
    parser.add_argument("regex", nargs="?")
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_STATE)
    parser.add_argument("--venvs", type=Path)
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--purge", action="store_true")
    return parser
