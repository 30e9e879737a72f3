"""One HTTP request as handlers see it, and the reply they give."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from nova.placement import errors
from nova.placement.api.schema import Schema

if TYPE_CHECKING:
    from nova.placement.api.services import Services

JSON = "application/json"


def is_uuid(text: object) -> bool:
    """Whether `text` is a UUID in any of its usual spellings."""
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class Request:
    """`credentials` are those of the policy check; `items` come from the path."""

    environ: Mapping[str, Any]
    services: "Services"
    version: int
    items: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, Any] = field(default_factory=dict)

    def has(self, feature: int) -> bool:
        return self.version >= feature

    @property
    def prefix(self) -> str:
        """What stands before our paths in the outside world."""
        return str(self.environ.get("SCRIPT_NAME", ""))

    @property
    def now(self) -> datetime:
        return self.services.now()

    def query(self) -> dict[str, list[str]]:
        """{key: its values in order}."""
        found: dict[str, list[str]] = {}
        for key, value in parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True):
            found.setdefault(key, []).append(value)
        return found

    def json(self, schema: Schema) -> Any:
        """The body.  Raises `errors.UnsupportedMedia` or `errors.BadRequest`."""
        media = self.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if media != JSON:
            raise errors.UnsupportedMedia(
                message=f"The media type {media or None} is not supported, use {JSON}"
            )
        try:
            body = json.loads(self._body())
        except ValueError as error:
            raise errors.BadRequest(message=f"Malformed JSON: {error}") from error
        schema.check(body, self.version)
        return body

    def _body(self) -> bytes:
        length = int(self.environ.get("CONTENT_LENGTH") or 0)
        return bytes(self.environ["wsgi.input"].read(length))


@dataclass(slots=True)
class Reply:
    """`body` is encoded as JSON unless it is bytes already.

    A reply with `changed_at` says when what it shows last changed (from the
    microversion on that has it).
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None
