"""The table, and the command that prints it."""

import argparse
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import counted
from tests.counted import Count, CountedCloud
from tools.bench.actions_parts.works import Work, works
from tools.bench.cloud_parts.table import Table

COLUMNS = ("", "SQL statements", "messages", "HTTP calls", "driver calls")


def main(arguments: list[str], usage: str) -> int:
    parser = argparse.ArgumentParser(
        description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="works whose title has this text")
    parser.add_argument("--details", action="store_true", help="list what was counted")
    wish = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory() as made, counted.running(Path(made)) as cloud:
        table = Table("Cost of what is done to one server", COLUMNS)
        for title, count in _costs(cloud):
            if wish.only not in title:
                continue
            table.row(title, *(("refused",) * 4 if count is None else _sums(count)))
            if wish.details and count is not None:
                _tell(title, count)
        table.show()
    return 0


def _costs(cloud: CountedCloud) -> Iterator[tuple[str, Count | None]]:
    """Each work with what it cost; None: this hypervisor or this cloud does not do it."""
    with cloud.counted() as count:
        uuid = cloud.create()
    yield "create", count
    for work in works(cloud, uuid):
        yield work.title, _cost(cloud, work, uuid)
    with cloud.counted() as count:
        cloud.ask("DELETE", f"/servers/{uuid}")
        cloud.until(uuid, "deleted")
    yield "delete", count


def _cost(cloud: CountedCloud, work: Work, uuid: str) -> Count | None:
    path = work.path.format(uuid=uuid)
    with cloud.counted() as count:
        if not cloud.accepts(work.method, path, work.body):
            return None
        if work.ends is not None:
            cloud.until(uuid, work.ends)
    return count


def _sums(count: Count) -> tuple[int, ...]:
    return (*count.sums, count.driver.total())


def _tell(title: str, count: Count) -> None:
    print(f"\n{title}")
    for statement in count.statements:
        print(f"  SQL      {' '.join(statement.split())[:110]}")
    for kind, found in (("message", count.messages), ("HTTP", count.calls),
                        ("driver", count.driver)):  # fmt: skip
        for name, number in sorted(found.items()):
            print(f"  {kind:8} {name} x {number}")
