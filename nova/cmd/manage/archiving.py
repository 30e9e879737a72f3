"""nova-manage db: what becomes of deleted rows."""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.dates import read_date
from nova.cmd.manage.output import print_table
from nova.db.api import leftovers
from nova.db.cell.archive import Archive
from nova.db.configured import cell_database
from nova.db.engine import Database
from nova.errors import NovaError
from nova.objects.cloud import CellMapping

LARGEST = 2**31 - 1
NO_API = (
    "Failed to connect to API DB so aborting this archival attempt. Please check your config file"
    " to make sure that [api_database]/connection is set and run this command again."
)
BAD_DATE = "Invalid value for --before: {}"
PREFIX = "API_DB."


@dataclass(frozen=True)
class _Task:
    """One cell's archive; `prefix` goes before its tables' names."""

    archive: Archive
    prefix: str = ""


def archive_deleted_rows(desk: Desk, asked: Namespace) -> int:
    """1 when rows were moved and more may be left, 0 when nothing is."""
    before, code = _checked(asked)
    if code:
        return code
    try:
        tasks = _tasks(desk, everywhere=asked.all_cells)
    except NovaError as error:
        print(f"{NO_API}\n{error.message}" if asked.verbose else NO_API)
        return 3
    moved, complete = _Archiving(desk, asked, before, tasks).run()
    if asked.verbose:
        _show(moved)
    if asked.purge and complete:
        _purge_all(tasks, verbose=asked.verbose)
    if not complete:
        return 1
    return int(bool(moved)) if not asked.until_complete else 0


def _checked(asked: Namespace) -> tuple[datetime | None, int]:
    """The date, and the exit code of what is wrong."""
    if not 0 <= asked.max_rows <= LARGEST:
        bound = "less than 0" if asked.max_rows < 0 else f"greater than {LARGEST}"
        print(f"max rows value can't be {bound}")
        return None, 2
    before = read_date(asked.before) if asked.before else None
    if asked.before and before is None:
        print(BAD_DATE.format(asked.before))
        return None, 4
    return before, 0


def _tasks(desk: Desk, *, everywhere: bool) -> list[_Task]:
    cells = desk.api.cells.find()
    if not everywhere:
        return [_Task(Archive(cell_database(desk.conf, desk.clock)))]
    return [_Task(Archive(desk.cell(cell).database), f"{_name(cell)}.") for cell in cells]


def _name(cell: CellMapping) -> str:
    return cell.name or cell.uuid


class _Archiving:
    """A run over the cells, one after the other."""

    def __init__(
        self, desk: Desk, asked: Namespace, before: datetime | None, tasks: Sequence[_Task]
    ) -> None:
        self._desk = desk
        self._asked = asked
        self._before = before
        self._tasks = tasks
        self._moved: Counter[str] = Counter()

    def run(self) -> tuple[Counter[str], bool]:
        """What was moved, and whether it was not interrupted."""
        told = self._asked.until_complete and self._asked.verbose
        self._tell("Archiving" if told else "")
        try:
            for _ in self._batches():
                self._tell("." if told else "")
        except KeyboardInterrupt:
            self._tell("stopped\n" if told else "")
            return self._moved, False
        self._tell("complete\n" if told else "")
        return self._moved, True

    def _batches(self) -> Iterator[None]:
        """One batch over all cells, or as many as there are rows for."""
        limit, again = self._asked.max_rows, self._asked.until_complete
        for task in self._tasks:
            while limit > 0 and (count := self._batch(task, limit)):
                yield
                if not again:
                    limit -= count
                    break
                self._desk.clock.sleep(self._asked.sleep)

    def _batch(self, task: _Task, limit: int) -> int:
        """Rows of the cell that were moved."""
        found = task.archive.batch(
            limit,
            before=self._before,
            with_task_log=self._asked.task_log,
            farewell=self._farewell,
        )
        self._moved.update({task.prefix + name: count for name, count in found.items()})
        return found.total()

    def _farewell(self, uuids: Sequence[str]) -> None:
        """Before the record goes: what is cut off here is done again, and nothing is left."""
        gone = leftovers.forget(_api(self._desk), uuids)
        self._moved.update({PREFIX + name: count for name, count in gone.items()})

    def _tell(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _api(desk: Desk) -> Database:
    return desk.api.database


def _show(moved: Counter[str]) -> None:
    if moved:
        print_table(("Table", "Number of Rows Archived"), sorted(moved.items()))
    else:
        print("Nothing was archived.")


def purge(desk: Desk, asked: Namespace) -> int:
    if asked.before is None and not asked.all:
        print("Either --before or --all is required")
        return 1
    before = read_date(asked.before) if asked.before else None
    if asked.before and before is None:
        print(BAD_DATE.format(asked.before))
        return 2
    try:
        tasks = _tasks(desk, everywhere=True) if asked.all_cells else [
            _Task(Archive(cell_database(desk.conf, desk.clock)))]
    except NovaError as error:
        print(f"Failed to connect to API DB: {error.message}")
        return 4
    return 0 if _purge_all(tasks, before, verbose=asked.verbose) else 3


def _purge_all(
    tasks: Sequence[_Task], before: datetime | None = None, *, verbose: bool
) -> int:
    """Rows deleted."""
    total = 0
    for task in tasks:
        gone = task.archive.purge(before)
        total += gone.total()
        for table, count in sorted(gone.items()) if verbose else ():
            print(f"Deleted {count} rows from {task.prefix}{table}")
    return total


_BEFORE = argument("--before")
_ALL_CELLS = argument("--all-cells", action="store_true", help="of every mapped cell")
_VERBOSE = argument("--verbose", action="store_true", help="tell what was done")
COMMANDS = (
    Command(
        "db", "archive_deleted_rows", archive_deleted_rows,
        "Move deleted rows to the shadow tables.",
        (argument("--max_rows", type=int, default=1000, help="of a batch; 1000"), _VERBOSE,
         argument("--until-complete", action="store_true", help="batch after batch"),
         argument("--purge", action="store_true", help="empty the shadow tables afterwards"),
         _BEFORE, _ALL_CELLS,
         argument("--task-log", action="store_true", help="also entries of the task log"),
         argument("--sleep", type=int, default=0, help="seconds between batches")),
    ),
    Command(
        "db", "purge", purge, "Delete rows of the shadow tables.",
        (argument("--all", action="store_true", help="whatever their age"), _BEFORE,
         _ALL_CELLS, _VERBOSE),
    ),
)  # fmt: skip
