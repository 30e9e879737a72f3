"""The images a caller may see, as rows: reading, rights, writing."""

from typing import Any

import sqlalchemy as sa

from nova.core.clock import Clock
from nova.standalone.auth import Caller
from nova.standalone.image import tables as t
from nova.standalone.storage import Store, first, rows
from nova.standalone.timestamps import seconds
from nova.standalone.web.fault import conflict, forbidden, not_found

Image = dict[str, Any]
I = t.IMAGES.c  # noqa: E741
SEEN_BY_ALL = ("public", "community")


class Catalog:
    """Thread safe."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def now(self) -> str:
        return seconds(self._clock.now())

    def everything(self, caller: Caller) -> list[tuple[Image, str | None]]:
        """All images the caller may read, each with the caller's member status."""
        with self._store.read() as connection:
            found = rows(connection, sa.select(t.IMAGES))
            shared = self._memberships(connection, caller)
        return [
            (image, shared.get(image["id"]))
            for image in found
            if _open_to(caller, image) or image["id"] in shared
        ]

    def get(self, caller: Caller, image_id: str) -> Image:
        """404 when it is not there or not to be seen."""
        with self._store.read() as connection:
            image = first(connection, sa.select(t.IMAGES).where(I.id == image_id))
            if image and not _open_to(caller, image):
                shared = self._memberships(connection, caller)
                image = image if image_id in shared else None
        if image is None:
            raise missing(image_id)
        return image

    def get_own(self, caller: Caller, image_id: str, action: str) -> Image:
        """For changing it: 403 when the caller may only read it."""
        image = self.get(caller, image_id)
        if not (caller.is_admin or caller.owns(image["owner"])):
            raise forbidden(f"You are not permitted to {action} this image.")
        return image

    def add(self, image: Image) -> None:
        with self._store.write() as connection:
            if first(connection, sa.select(I.id).where(I.id == image["id"])):
                raise conflict(f"Image ID {image['id']} already exists!")
            connection.execute(sa.insert(t.IMAGES).values(image))

    def change(self, image_id: str, expected: str | None = None, **values: Any) -> bool:
        """Store `values`; False when the status is not the `expected` one (or it is gone)."""
        same = [I.id == image_id] + ([I.status == expected] if expected else [])
        with self._store.write() as connection:
            statement = sa.update(t.IMAGES).where(*same)
            done = connection.execute(statement.values(updated_at=self.now(), **values))
            return bool(done.rowcount)

    def forget_uploads(self) -> None:
        """At start: what a crash left half uploaded can be uploaded again."""
        with self._store.write() as connection:
            statement = sa.update(t.IMAGES).where(I.status == "saving")
            connection.execute(statement.values(status="queued"))

    def remove(self, image_id: str) -> None:
        with self._store.write() as connection:
            connection.execute(sa.delete(t.IMAGES).where(I.id == image_id))

    def _memberships(self, connection: sa.Connection, caller: Caller) -> dict[str, str]:
        mine = sa.select(t.MEMBERS.c.image_id, t.MEMBERS.c.status).join(t.IMAGES)
        mine = mine.where(t.MEMBERS.c.member_id == caller.project_id, I.visibility == "shared")
        return {row["image_id"]: row["status"] for row in rows(connection, mine)}


def missing(image_id: str) -> Exception:
    return not_found(f"Failed to find image {image_id}")


def _open_to(caller: Caller, image: Image) -> bool:
    return caller.is_admin or image["visibility"] in SEEN_BY_ALL or caller.owns(image["owner"])
