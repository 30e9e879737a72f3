"""The API database and every cell's, together.

Which cells there are is read from the API database and remembered for a while;
a cell that is not known is looked for at once.  A cell's database is opened
when it is first asked for.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from nova.core.clock import Clock
from nova.db import paging
from nova.db.api.store import SqlApiStore
from nova.db.cell.instances import TIES
from nova.db.cell.store import SqlCellStore
from nova.db.merge import merged, place_of
from nova.errors import Unavailable
from nova.objects.cloud import CELL0_UUID, CellMapping
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import (
    CellNotFound,
    DatabaseUnavailable,
    InstanceNotFound,
    MarkerNotFound,
)
from nova.objects.store.page import Page

CellOpener = Callable[[CellMapping], SqlCellStore]


@dataclass
class _Known:
    """Cells as read at a time; `slow` are those that did not answer in time last."""

    stores: dict[str, tuple[CellMapping, SqlCellStore]] = field(default_factory=dict)
    read_at: float | None = None
    slow: set[str] = field(default_factory=set)


class SqlStores:
    """`objects.store.Stores`.

    `open_cell` makes the store of a mapping.  `timeout` is how long `each` waits
    for a cell, `slow_timeout` how long for one that kept it waiting last time;
    `remembered` how old the list of cells may get; all in seconds.  `transport`
    fills the template of a transport URL.
    """

    def __init__(
        self,
        api: SqlApiStore,
        open_cell: CellOpener,
        clock: Clock,
        *,
        workers: int = 5,
        timeout: float = 60,
        slow_timeout: float = 1,
        remembered: float = 60,
        transport: Callable[[str], str] = str,
    ) -> None:
        self.api = api
        self._open_cell = open_cell
        self._clock = clock
        self._timeout = timeout
        self._slow_timeout = slow_timeout
        self._remembered = remembered
        self._transport = transport
        self._known = _Known()
        self._lock = clock.lock()
        self._pool = clock.pool("cells", max(workers, 1))

    def cell(self, uuid: str) -> SqlCellStore:
        """CellNotFound for a uuid that no mapping has; disabled cells are found."""
        if not self._is_fresh() or uuid not in self._known.stores:
            self._refresh()
        if uuid not in self._known.stores:
            raise CellNotFound(cell_uuid=uuid)
        return self._known.stores[uuid][1]

    def cells(self) -> list[CellStore]:
        if not self._is_fresh():
            self._refresh()
        return [store for mapping, store in self._known.stores.values() if not mapping.disabled]

    def of_instance(self, instance_uuid: str) -> CellStore:
        mapping = self.api.mappings.get(instance_uuid)
        if mapping.cell_uuid is None:
            raise InstanceNotFound(instance_id=instance_uuid)
        return self.cell(mapping.cell_uuid)

    def servers(
        self, wanted: InstanceFilter, page: Page, *, detail: bool = True,
        within: Collection[str] | None = None,
    ) -> tuple[list[Instance], list[str]]:
        """The page of every cell, merged; each is asked for a whole page."""
        order = paging.order_of(page, TIES)
        everywhere = self._everywhere(page, order)
        cells = [cell for cell in self.cells() if within is None or cell.uuid in within]
        answers = self.ask(
            cells, lambda cell: cell.instances.find(wanted, everywhere, detail=detail)
        )
        silent = [uuid for uuid, found in answers.items() if isinstance(found, Unavailable)]
        for found in answers.values():
            if isinstance(found, Exception) and not isinstance(found, Unavailable):
                raise found
        lists = [found for found in answers.values() if not isinstance(found, Exception)]
        return list(islice(merged(lists, order), page.limit)), silent

    def transport_url(self, cell_uuid: str) -> str | None:
        self.cell(cell_uuid)
        url = self._known.stores[cell_uuid][0].transport_url
        return None if not url or url.startswith("none:") else self._transport(url)

    def each(self, ask: Callable[[CellStore], Any]) -> dict[str, Any]:
        return self.ask(self.cells(), ask)

    def ask(
        self, cells: Sequence[CellStore], question: Callable[[CellStore], Any]
    ) -> dict[str, Any]:
        """As `each`, of some cells."""
        answers: dict[str, Any] = {}
        if len(cells) == 1:
            _answer(cells[0], question, answers)
            return answers
        tasks = {cell.uuid: self._pool.submit(_answer, cell, question, answers) for cell in cells}
        began = self._clock.monotonic()
        for uuid, task in tasks.items():
            slow = uuid in self._known.slow
            left = (self._slow_timeout if slow else self._timeout) + began - self._clock.monotonic()
            (self._known.slow.discard if task.join(max(left, 0)) else self._known.slow.add)(uuid)
        return {uuid: answers.get(uuid, _silence(uuid)) for uuid in tasks}

    def close(self) -> None:
        self._pool.close(0)
        self.api.database.close()
        for _, store in self._known.stores.values():
            store.database.close()

    def _everywhere(self, page: Page, order: paging.Order) -> Page:
        """The same page for every cell: the marker by its values, wherever it lives."""
        if page.marker is None or page.after is not None:
            return page
        try:
            mapping = self.api.mappings.get(page.marker)
        except InstanceNotFound:
            raise MarkerNotFound(marker=page.marker) from None
        if mapping.cell_uuid is None:
            if self.api.builds.get(page.marker) is None:
                raise MarkerNotFound(marker=page.marker)
            return replace(page, marker=None)
        try:
            marker = self.cell(mapping.cell_uuid).instances.get(page.marker, read_deleted=True)
        except InstanceNotFound:
            raise MarkerNotFound(marker=page.marker) from None
        return replace(page, marker=None, after=place_of(marker, order))

    def _is_fresh(self) -> bool:
        read_at = self._known.read_at
        return read_at is not None and self._clock.monotonic() - read_at < self._remembered

    def _refresh(self) -> None:
        """Read the mappings; a cell whose mapping did not change keeps its connections.

        While the API database is away, what was known goes on.
        """
        try:
            mappings = self.api.cells.find()
        except DatabaseUnavailable:
            if not self._known.stores:
                raise
            return
        mappings.sort(key=lambda mapping: mapping.uuid != CELL0_UUID)
        with self._lock:
            self._known.stores = {each.uuid: self._store(each) for each in mappings}
            self._known.read_at = self._clock.monotonic()

    def _store(self, mapping: CellMapping) -> tuple[CellMapping, SqlCellStore]:
        known = self._known.stores.get(mapping.uuid)
        if known is not None and known[0].database_connection == mapping.database_connection:
            return mapping, known[1]
        return mapping, self._open_cell(mapping)


def _answer(cell: CellStore, question: Callable[[CellStore], Any], answers: dict[str, Any]) -> None:
    try:
        answers[cell.uuid] = question(cell)
    except Exception as error:
        # Whatever it is, it is this cell's answer.
        answers[cell.uuid] = error


def _silence(uuid: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(service=f"The database of cell {uuid}", reason="no answer in time")
