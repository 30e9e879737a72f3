"""Counted work: what does not depend on the machine."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import counted
from tests.counted import CountedCloud
from tools.bench.cloud_parts.table import Table

LONG = 100


def table() -> Table:
    """Of a cloud in one process, with real services behind it; see tests/counted.py."""
    logging.disable(logging.ERROR)
    found = Table("Counted", ("", "SQL statements", "messages", "HTTP calls"))
    with tempfile.TemporaryDirectory() as made, counted.running(Path(made)) as cloud:
        uuid = cloud.create()
        for title, work in _works(cloud, uuid):
            with cloud.counted() as count:
                work()
            found.row(title, *count.sums)
        for _ in range(LONG - 2):
            cloud.create()
        with cloud.counted() as count:
            cloud.ask("GET", "/servers/detail")
        found.row(f"list of {LONG}, with details", *count.sums)
    return found


def _works(cloud: CountedCloud, uuid: str) -> list[tuple[str, Callable[[], object]]]:
    second: list[str] = []

    def delete() -> None:
        cloud.ask("DELETE", f"/servers/{second[0]}")
        cloud.until(second[0], "deleted")

    return [
        ("create", lambda: second.append(cloud.create())),
        ("show", lambda: cloud.ask("GET", f"/servers/{uuid}")),
        ("delete", delete),
        ("list of 1, with details", lambda: cloud.ask("GET", "/servers/detail")),
    ]
