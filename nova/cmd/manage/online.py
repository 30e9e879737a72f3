"""nova-manage db online_data_migrations: data of older releases, while the cloud runs."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from nova.cmd.manage.command import Command, Desk, argument
from nova.cmd.manage.output import print_table
from nova.db.api import backlog as api_backlog
from nova.db.cell import backlog
from nova.db.engine import Database
from nova.objects.cloud import CellMapping
from nova.resources.services.zones import Zones

BATCH = 50
DONE, MORE, FAILED, BAD_INPUT = 0, 1, 2, 127
Progress = tuple[int, int]
# Rows to change at most -> (found, changed).
Migration = Callable[[int], Progress]
_OfCell = Callable[[Database, int], Progress]


def online_data_migrations(desk: Desk, asked: Namespace) -> int:
    if asked.max_count is not None and asked.max_count < 1:
        print("Must supply a positive value for max_number")
        return BAD_INPUT
    if asked.max_count is None:
        print(f"Running batches of {BATCH} until complete")
    runs = _Runs(migrations(desk))
    changed = runs.once(asked.max_count or BATCH)
    while asked.max_count is None and changed:
        changed = runs.once(BATCH)
    names = ("Migration", "Total Needed", "Completed")
    print_table(names, [(name, *counts) for name, counts in sorted(runs.counts.items())])
    if runs.failed and not changed:
        print("Some migrations failed unexpectedly. Check log for details.")
        return FAILED
    return MORE if changed else DONE


class _Runs:
    def __init__(self, wanted: dict[str, Migration]) -> None:
        self._wanted = wanted
        self.counts: dict[str, tuple[int, int]] = dict.fromkeys(wanted, (0, 0))
        self.failed = False

    def once(self, limit: int) -> int:
        """Rows changed by all of them together."""
        total = 0
        self.failed = False
        for name, run in self._wanted.items():
            if limit - total > 0:
                found, done = self._one(name, run, limit - total)
                before = self.counts[name]
                self.counts[name] = (before[0] + found, before[1] + done)
                total += done
        return total

    def _one(self, name: str, run: Migration, limit: int) -> Progress:
        try:
            return run(limit)
        except Exception as error:
            self.failed = True
            print(f"Error attempting to run {name}: {error}", file=sys.stderr)
            return 0, 0


def migrations(desk: Desk) -> dict[str, Migration]:
    """All there are, under the names they have always had."""
    return {
        "fill_compute_ids": _over_cells(desk, backlog.node_ids),
        "migrate_empty_ratio": _over_cells(desk, backlog.ratios(_initial(desk))),
        "migrate_quota_classes_to_api_db": _to_api(desk, api_backlog.class_limits),
        "migrate_quota_limits_to_api_db": _to_api(desk, api_backlog.limits),
        "migration_migrate_to_uuid": _over_cells(desk, backlog.move_uuids),
        "populate_block_device_uuids": _over_cells(desk, backlog.block_device_uuids),
        "populate_dev_uuids": _over_cells(desk, backlog.pci_device_uuids),
        "populate_missing_availability_zones": _over_cells(desk, backlog.zones(_zone(desk))),
        "populate_queued_for_delete": _of_mappings(desk, api_backlog.queued),
        "populate_user_id": _of_mappings(desk, api_backlog.owners),
    }


def _cells(desk: Desk) -> Iterator[tuple[CellMapping, Database]]:
    for mapping in desk.api.cells.find():
        yield mapping, desk.cell(mapping).database


def _over_cells(desk: Desk, run: _OfCell) -> Migration:
    def each(limit: int) -> Progress:
        return _sum(limit, [partial(run, database) for _, database in _cells(desk)])

    return each


def _of_mappings(
    desk: Desk, run: Callable[[Database, Database, str, int], Progress]
) -> Migration:
    def each(limit: int) -> Progress:
        api = desk.api.database
        parts = [partial(run, api, database, cell.uuid) for cell, database in _cells(desk)]
        return _sum(limit, parts)

    return each


def _to_api(desk: Desk, run: Callable[[Database, Database, int], Progress]) -> Migration:
    def each(limit: int) -> Progress:
        api = desk.api.database
        return _sum(limit, [partial(run, api, database) for _, database in _cells(desk)])

    return each


def _sum(limit: int, parts: Iterable[Migration]) -> Progress:
    found = done = 0
    for part in parts:
        if done < limit:
            more, changed = part(limit - done)
            found, done = found + more, done + changed
    return found, done


def _zone(desk: Desk) -> Callable[[str], str]:
    def zone_of(host: str) -> str:
        return Zones(desk.conf, desk.api.aggregates.find()).of_host(host)

    return zone_of


def _initial(desk: Desk) -> dict[str, float]:
    conf = desk.conf
    return {
        f"{name}_allocation_ratio": getattr(conf, f"{name}_allocation_ratio")
        or getattr(conf, f"initial_{name}_allocation_ratio")
        for name in ("cpu", "ram", "disk")
    }


COMMANDS = (
    Command(
        "db", "online_data_migrations", online_data_migrations,
        "Bring data of older releases up to date.",
        (argument("--max-count", type=int, help="rows to change at most; else all"),),
    ),
)  # fmt: skip
