"""/v2/images/{id}/members: sharing an image with other projects."""

from typing import Any

import sqlalchemy as sa

from nova.standalone.auth import Caller
from nova.standalone.image import tables as t
from nova.standalone.image.catalog import Catalog, Image
from nova.standalone.storage import Store, first, rows
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import bad_request, conflict, forbidden, not_found

M = t.MEMBERS.c
STATUSES = ("pending", "accepted", "rejected")


class MemberApi:
    def __init__(self, catalog: Catalog, store: Store) -> None:
        self._catalog = catalog
        self._store = store

    def routes(self) -> tuple[Route, ...]:
        many = "/v2/images/{id}/members"
        return (
            Route("GET", many, self.index),
            Route("POST", many, self.create),
            Route("GET", many + "/{member}", self.show),
            Route("PUT", many + "/{member}", self.update),
            Route("DELETE", many + "/{member}", self.delete, 204),
        )

    def index(self, call: Call) -> dict[str, Any]:
        image = self._catalog.get(call.caller, call.args["id"])
        query = sa.select(t.MEMBERS).where(M.image_id == image["id"])
        with self._store.read() as connection:
            found = rows(connection, query)
        seen = [row for row in found if _concerns(call.caller, image, row["member_id"])]
        return {"members": [_view(row) for row in seen], "schema": "/v2/schemas/members"}

    def create(self, call: Call) -> dict[str, Any]:
        image = self._shared(call)
        member = call.document().get("member")
        if not isinstance(member, str) or not member:
            raise bad_request("Member to be added not specified")
        now = self._catalog.now()
        row = {
            "image_id": image["id"],
            "member_id": member,
            "status": "pending",
            "created_at": now,
            "updated_at": now,
        }
        with self._store.write() as connection:
            if self._find(connection, image, member):
                raise conflict(f"Member {member} is duplicated for image {image['id']}")
            connection.execute(sa.insert(t.MEMBERS).values(row))
        return _view(row)

    def show(self, call: Call) -> dict[str, Any]:
        image = self._catalog.get(call.caller, call.args["id"])
        with self._store.read() as connection:
            return _view(self._get(connection, call, image))

    def update(self, call: Call) -> dict[str, Any]:
        image = self._catalog.get(call.caller, call.args["id"])
        if not (call.caller.is_admin or call.caller.owns(call.args["member"])):
            raise forbidden("You are not permitted to modify 'status' on this image member.")
        status = call.document().get("status")
        if status not in STATUSES:
            raise bad_request(f"The status must be one of {', '.join(STATUSES)}.")
        with self._store.write() as connection:
            row = self._get(connection, call, image)
            row |= {"status": status, "updated_at": self._catalog.now()}
            same = sa.and_(M.image_id == image["id"], M.member_id == row["member_id"])
            connection.execute(sa.update(t.MEMBERS).where(same).values(row))
        return _view(row)

    def delete(self, call: Call) -> None:
        image = self._shared(call)
        with self._store.write() as connection:
            row = self._get(connection, call, image)
            same = sa.and_(M.image_id == image["id"], M.member_id == row["member_id"])
            connection.execute(sa.delete(t.MEMBERS).where(same))

    def _shared(self, call: Call) -> Image:
        image = self._catalog.get_own(call.caller, call.args["id"], "modify members of")
        if image["visibility"] != "shared":
            raise forbidden("Only shared images have members.")
        return image

    def _find(self, connection: sa.Connection, image: Image, member: str) -> dict[str, Any] | None:
        query = sa.select(t.MEMBERS).where(M.image_id == image["id"], M.member_id == member)
        return first(connection, query)

    def _get(self, connection: sa.Connection, call: Call, image: Image) -> dict[str, Any]:
        member = call.args["member"]
        row = self._find(connection, image, member)
        if row is None or not _concerns(call.caller, image, member):
            raise not_found(f"{member} not found in the member list of the image {image['id']}.")
        return row


def _concerns(caller: Caller, image: Image, member: str) -> bool:
    return caller.is_admin or caller.owns(image["owner"]) or caller.owns(member)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "schema": "/v2/schemas/member"}
