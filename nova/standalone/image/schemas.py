"""GET /v2/schemas: what clients build their models of an image from."""

from typing import Any

from nova.standalone.image.attributes import ATTRIBUTES
from nova.standalone.web.application import Call, Route


def _image() -> dict[str, Any]:
    properties = {
        attribute.name: {
            **attribute.schema,
            "description": attribute.note,
            **({"readOnly": True} if attribute.read_only else {}),
        }
        for attribute in ATTRIBUTES
    }
    return {
        "name": "image",
        "properties": properties,
        "additionalProperties": {"type": "string"},
        "links": [
            {"rel": "self", "href": "{self}"},
            {"rel": "enclosure", "href": "{file}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    }


def _member() -> dict[str, Any]:
    text = {"type": "string"}
    status = {"type": "string", "enum": ["pending", "accepted", "rejected"]}
    names = ("created_at", "updated_at", "image_id", "member_id", "schema")
    return {"name": "member", "properties": {**dict.fromkeys(names, text), "status": status}}


def _many(name: str, item: dict[str, Any], paged: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {"type": "array", "items": item}}
    properties["schema"] = {"type": "string"}
    links = [{"rel": "describedby", "href": "{schema}"}]
    if paged:
        properties |= {"first": {"type": "string"}, "next": {"type": "string"}}
        links += [{"rel": "first", "href": "{first}"}, {"rel": "next", "href": "{next}"}]
    return {"name": name, "properties": properties, "links": links}


class Schemas:
    def routes(self) -> tuple[Route, ...]:
        documents = {
            "image": _image(),
            "images": _many("images", _image(), True),
            "member": _member(),
            "members": _many("members", _member(), False),
        }
        return tuple(
            Route("GET", f"/v2/schemas/{name}", _answer(document))
            for name, document in documents.items()
        )


def _answer(document: dict[str, Any]) -> Any:
    def show(call: Call) -> dict[str, Any]:
        return document

    return show
