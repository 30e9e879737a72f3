"""The command line of tools/quickstart."""

import argparse
import sys
from pathlib import Path

from tools.daemons.process import Failed
from tools.quickstart_parts.cloud import Cloud, Wishes
from tools.quickstart_parts.layout import Layout
from tools.quickstart_parts.progress import Progress

DEFAULT_STATE = Path("/var/lib/nova-quickstart")


def main(arguments: list[str], usage: str) -> int:
    """Exit code: 0 done, 1 failed (with the reason on stderr)."""
    if {"-h", "--help"} & set(arguments):
        print(usage)
        return 0
    asked = _parser().parse_args(arguments)
    state = asked.state_dir.resolve()
    cloud = Cloud(Layout.load(state), Progress())
    try:
        return _do(cloud, asked)
    except (Failed, OSError) as problem:
        print(f"quickstart: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run it again to go on, or down to clean up", file=sys.stderr)
        return 130


def _do(cloud: Cloud, asked: argparse.Namespace) -> int:
    if asked.what == "status":
        return 0 if cloud.status() else 1
    if asked.what == "restart":
        cloud.restart(asked.name or "")
    elif asked.what == "down":
        cloud.down()
    else:
        cloud.up(Wishes(asked.virt_type, asked.guest, asked.install))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools/quickstart", add_help=False)
    parser.add_argument(
        "what", nargs="?", default="up", choices=("up", "down", "status", "restart")
    )
    parser.add_argument("name", nargs="?")
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_STATE)
    parser.add_argument("--virt-type", choices=("kvm", "qemu"))
    parser.add_argument("--no-guest", dest="guest", action="store_false")
    parser.add_argument("--no-install", dest="install", action="store_false")
    return parser
