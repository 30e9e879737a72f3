"""The HTTP half of every resource: list, create (also many), show, update, delete."""

from typing import Any, Protocol

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.network.attributes import Kind, for_create, for_update
from nova.standalone.network.errors import disallowed, missing
from nova.standalone.network.listing import matches, page, prefilter, trimmed
from nova.standalone.network.quotas import Quotas
from nova.standalone.network.work import Work, Workshop
from nova.standalone.storage import rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request

Row = dict[str, Any]
Document = dict[str, Any]


class Keeper(Protocol):
    """The inner half of a resource; everything happens inside the `work` given."""

    @property
    def kind(self) -> Kind: ...
    @property
    def table(self) -> sa.Table: ...
    def visible(self, work: Work) -> Any:
        """An SQL condition for the rows the caller may read."""

    def writable(self, work: Work, row: Row) -> bool: ...
    def documents(self, work: Work, found: list[Row]) -> list[Document]: ...
    def create(self, work: Work, values: Row) -> str:
        """The id of the new row."""

    def update(self, work: Work, row: Row, values: Row) -> None: ...
    def delete(self, work: Work, row: Row) -> None: ...
    def before_list(self, workshop: Workshop, caller: Caller) -> None:
        """Make what must be there before anybody lists."""


class Collection:
    def __init__(self, keeper: Keeper, workshop: Workshop, quotas: Quotas) -> None:
        self._keeper = keeper
        self._workshop = workshop
        self._quotas = quotas
        self._kind = keeper.kind

    def routes(self) -> tuple[Route, ...]:
        many = f"/v2.0/{self._kind.path}"
        one = many + "/{id}"
        return (
            Route("GET", many, self.index),
            Route("POST", many, self.create, 201),
            Route("GET", one, self.show),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete, 204),
        )

    def index(self, call: Call) -> Document:
        self._keeper.before_list(self._workshop, call.caller)
        with self._workshop.look(call.caller) as work:
            query = sa.select(self._keeper.table).where(self._keeper.visible(work))
            query = prefilter(call.query, self._keeper.table, query)
            found = self._documents(work, rows(work.connection, query))
        found, following = page([one for one in found if matches(one, call.query)], call.query)
        answer: Document = {self._kind.plural: [trimmed(one, call.query) for one in found]}
        if following:
            href = f"{call.host_url}/v2.0/{self._kind.path}?{following}"
            answer[f"{self._kind.plural}_links"] = [{"rel": "next", "href": href}]
        return answer

    def create(self, call: Call) -> Document:
        body = call.document()
        if isinstance(body.get(self._kind.plural), list):
            with self._workshop.change(call.caller) as work:
                made = [self._create(work, item) for item in body[self._kind.plural]]
            return {self._kind.plural: made}
        item = call.part(self._kind.singular)
        with self._workshop.change(call.caller) as work:
            document = self._create(work, item)
        return {self._kind.singular: document}

    def show(self, call: Call) -> Document:
        with self._workshop.look(call.caller) as work:
            document = self._documents(work, [self.get(work, call.args["id"])])[0]
        return {self._kind.singular: trimmed(document, call.query)}

    def update(self, call: Call) -> Document:
        body = call.part(self._kind.singular)
        with self._workshop.change(call.caller) as work:
            row = self._get_writable(work, call.args["id"], "update")
            self._keeper.update(work, row, for_update(self._kind, body, call.caller))
            document = self._fresh(work, row["id"])
        return {self._kind.singular: document}

    def delete(self, call: Call) -> None:
        with self._workshop.change(call.caller) as work:
            self._keeper.delete(work, self._get_writable(work, call.args["id"], "delete"))

    def get(self, work: Work, row_id: str) -> Row:
        """404 when it is not there or not to be seen."""
        table = self._keeper.table
        query = sa.select(table).where(table.c.id == row_id, self._keeper.visible(work))
        found = rows(work.connection, query)
        if not found:
            raise missing(self._kind.singular, row_id)
        return found[0]

    def _get_writable(self, work: Work, row_id: str, verb: str) -> Row:
        row = self.get(work, row_id)
        if not self._keeper.writable(work, row):
            raise disallowed(f"{verb}_{self._kind.singular}")
        return row

    def _create(self, work: Work, item: Any) -> Document:
        inner = item.get(self._kind.singular, item) if isinstance(item, dict) else None
        if not isinstance(inner, dict):
            raise bad_request(f"Resource body required: '{self._kind.singular}'.")
        values = for_create(self._kind, inner, work.caller)
        self._quotas.check(work.connection, self._keeper.table, self._kind, values["project_id"])
        row_id = self._keeper.create(work, values)
        return self._fresh(work, row_id)

    def _fresh(self, work: Work, row_id: str) -> Document:
        """The document of a row that was just changed."""
        known = work.fresh.get(row_id)
        if known is not None:
            return self._shown(work, [known])[0]
        return self._documents(work, [self.get(work, row_id)])[0]

    def _documents(self, work: Work, found: list[Row]) -> list[Document]:
        return self._shown(work, self._keeper.documents(work, found))

    def _shown(self, work: Work, documents: list[Document]) -> list[Document]:
        hidden = () if work.caller.is_admin else self._private()
        for document in documents:
            document["tenant_id"] = document["project_id"]
            for name in hidden:
                document.pop(name, None)
        return documents

    def _private(self) -> tuple[str, ...]:
        named = tuple(one.name for one in self._kind.attributes if one.private)
        return (*named, "binding:vif_type", "binding:vif_details")
