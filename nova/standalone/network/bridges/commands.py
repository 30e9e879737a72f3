"""Running the host's tools."""

import json
import logging
import subprocess
from typing import Any

from nova.standalone.network.fabric import FabricError

LOG = logging.getLogger(__name__)
LONGEST = 30


def run(*argv: str, feed: str = "") -> str:
    """What the command prints. FabricError with its own words when it fails."""
    LOG.debug("%s", " ".join(argv))
    try:
        done = subprocess.run(argv, input=feed, capture_output=True, text=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FabricError(f"{argv[0]}: {error}") from error
    if done.returncode:
        raise FabricError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def ask(*argv: str) -> list[dict[str, Any]]:
    """What an iproute2 command prints as JSON."""
    found: list[dict[str, Any]] = json.loads(run(argv[0], "-j", *argv[1:]) or "[]")
    return [item for item in found if item]
