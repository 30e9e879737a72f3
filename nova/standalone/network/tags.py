"""/v2.0/{collection}/{id}/tags: labels of any resource but rules."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.network.attributes import Kind
from nova.standalone.network.collection import Collection
from nova.standalone.network.errors import disallowed
from nova.standalone.network.values import list_of, text
from nova.standalone.network.work import Work, Workshop
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request, not_found

TAG = text(255)


class Tags:
    def __init__(
        self, kind: Kind, table: sa.Table, collection: Collection, workshop: Workshop
    ) -> None:
        self._kind = kind
        self._table = table
        self._collection = collection
        self._workshop = workshop

    def routes(self) -> tuple[Route, ...]:
        many = f"/v2.0/{self._kind.path}/{{id}}/tags"
        return (
            Route("GET", many, self.index),
            Route("PUT", many, self.replace),
            Route("DELETE", many, self.clear, 204),
            Route("GET", many + "/{tag}", self.check, 204),
            Route("PUT", many + "/{tag}", self.add, 201),
            Route("DELETE", many + "/{tag}", self.remove, 204),
        )

    def index(self, call: Call) -> dict[str, Any]:
        with self._workshop.look(call.caller) as work:
            return {"tags": self._collection.get(work, call.args["id"])["tags"]}

    def check(self, call: Call) -> None:
        if call.args["tag"] not in self.index(call)["tags"]:
            raise not_found(f"Tag {call.args['tag']} could not be found.", "TagNotFound")

    def replace(self, call: Call) -> dict[str, Any]:
        try:
            tags = list_of(TAG)(call.document().get("tags"))
        except ValueError as error:
            raise bad_request(f"Invalid input for tags. Reason: {error}") from None
        with self._workshop.change(call.caller) as work:
            self._set(work, call, tags)
        return {"tags": list(dict.fromkeys(tags))}

    def clear(self, call: Call) -> None:
        with self._workshop.change(call.caller) as work:
            self._set(work, call, [])

    def add(self, call: Call) -> None:
        with self._workshop.change(call.caller) as work:
            tags = self._collection.get(work, call.args["id"])["tags"]
            self._set(work, call, [*tags, call.args["tag"]])

    def remove(self, call: Call) -> None:
        self.check(call)
        with self._workshop.change(call.caller) as work:
            tags = self._collection.get(work, call.args["id"])["tags"]
            self._set(work, call, [tag for tag in tags if tag != call.args["tag"]])

    def _set(self, work: Work, call: Call, tags: list[str]) -> None:
        row = self._collection.get(work, call.args["id"])
        if not (work.caller.is_admin or work.caller.owns(row["project_id"])):
            raise disallowed(f"update_{self._kind.plural}_tags")
        work.touch(self._table, row["id"], {"tags": list(dict.fromkeys(tags))})
