"""/v2/images: registering, describing, changing and deleting images."""

import uuid
from typing import Any

from nova.standalone.auth import Caller
from nova.standalone.image import patching
from nova.standalone.image.attributes import BY_NAME, DEFAULTS, check
from nova.standalone.image.catalog import Catalog, Image, missing
from nova.standalone.image.files import Files
from nova.standalone.image.listing import select
from nova.standalone.web.application import Call, Route, json_response
from nova.standalone.web.fault import forbidden, not_found

VIRTUAL = ("self", "file", "schema", "locations", "direct_url")
COLUMNS = tuple(name for name in BY_NAME if name not in VIRTUAL)
# Deletion in these states would pull the file from under an upload.
BUSY = ("saving",)


class ImageApi:
    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._catalog = catalog
        self._files = files

    def routes(self) -> tuple[Route, ...]:
        one = "/v2/images/{id}"
        return (
            Route("GET", "/v2/images", self.index),
            Route("POST", "/v2/images", self.create),
            Route("GET", one, self.show),
            Route("PATCH", one, self.update),
            Route("DELETE", one, self.delete, 204),
            Route("PUT", one + "/tags/{tag}", self.tag, 204),
            Route("DELETE", one + "/tags/{tag}", self.untag, 204),
            Route("POST", one + "/actions/{action:deactivate|reactivate}", self.act, 204),
        )

    def index(self, call: Call) -> dict[str, Any]:
        found = self._catalog.everything(call.caller)
        images, following = select(found, call.query, call.caller)
        document: dict[str, Any] = {
            "images": [view(image) for image in images],
            "schema": "/v2/schemas/images",
            "first": "/v2/images",
        }
        if following:
            document["next"] = f"/v2/images?{following}"
        return document

    def create(self, call: Call) -> Any:
        body = call.document()
        for name, value in body.items():
            check(name, value)
        image = self._new(call.caller, body)
        _may_set(call.caller, image, image)
        self._catalog.add(image)
        location = f"{call.host_url}/v2/images/{image['id']}"
        return json_response(view(image), 201, {"Location": location})

    def show(self, call: Call) -> dict[str, Any]:
        return view(self._catalog.get(call.caller, call.args["id"]))

    def update(self, call: Call) -> dict[str, Any]:
        changes = patching.parse(call.request.content_type, call.json())
        image = self._own(call, "modify")
        changed = patching.apply(image, changes)
        _may_set(call.caller, changed, image)
        if changed and not self._catalog.change(image["id"], **changed):
            raise missing(image["id"])
        return view(self._catalog.get(call.caller, image["id"]))

    def delete(self, call: Call) -> None:
        image = self._own(call, "delete")
        if image["protected"]:
            raise forbidden(f"Image {image['id']} is protected and cannot be deleted.")
        self._catalog.remove(image["id"])
        if image["status"] not in BUSY:  # an upload that finds its image gone cleans up
            self._files.remove(image["id"])

    def tag(self, call: Call) -> None:
        image = self._own(call, "modify")
        tags = [*image["tags"], call.args["tag"]]
        check("tags", tags)
        self._catalog.change(image["id"], tags=list(dict.fromkeys(tags)))

    def untag(self, call: Call) -> None:
        image = self._own(call, "modify")
        if call.args["tag"] not in image["tags"]:
            raise not_found(f"No tag {call.args['tag']} on image {image['id']}.")
        kept = [tag for tag in image["tags"] if tag != call.args["tag"]]
        self._catalog.change(image["id"], tags=kept)

    def act(self, call: Call) -> None:
        image = self._own(call, "modify")
        if not call.caller.is_admin:
            raise forbidden("You are not authorized to complete this action.")
        before, after = {
            "deactivate": ("active", "deactivated"),
            "reactivate": ("deactivated", "active"),
        }[call.args["action"]]
        if image["status"] == after:
            return
        if not self._catalog.change(image["id"], expected=before, status=after):
            raise forbidden(
                f"Not allowed to {call.args['action']} image in status '{image['status']}'"
            )

    def _own(self, call: Call, action: str) -> Image:
        return self._catalog.get_own(call.caller, call.args["id"], action)

    def _new(self, caller: Caller, body: dict[str, Any]) -> Image:
        now = self._catalog.now()
        given = {name: value for name, value in body.items() if name in COLUMNS}
        return {
            **dict.fromkeys(COLUMNS),
            **DEFAULTS,
            "id": str(uuid.uuid4()),
            "owner": caller.project_id,
            "status": "queued",
            "created_at": now,
            "updated_at": now,
            **given,
            "tags": list(dict.fromkeys(given.get("tags", ()))),
            "properties": {name: value for name, value in body.items() if name not in COLUMNS},
        }


def view(image: Image) -> dict[str, Any]:
    url = f"/v2/images/{image['id']}"
    shown = {name: image[name] for name in COLUMNS}
    links = {"self": url, "file": f"{url}/file", "schema": "/v2/schemas/image"}
    return {**image["properties"], **shown, **links}


def _may_set(caller: Caller, values: dict[str, Any], image: Image) -> None:
    """403 for what only administrators do: giving images away, or to everybody."""
    if caller.is_admin:
        return
    if values.get("visibility") == "public":
        raise forbidden("You are not authorized to complete publicize_image action.")
    if "owner" in values and not caller.owns(image["owner"] if image is values else None):
        raise forbidden(f"You are not permitted to create images owned by '{values['owner']}'.")
