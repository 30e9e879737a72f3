"""/v2/images/{id}/file: contents in and out."""

import re
from dataclasses import dataclass
from typing import Any

import webob

from nova.standalone.image.catalog import Catalog, Image
from nova.standalone.image.files import Files, Measure
from nova.standalone.web.application import Call, Route
from nova.standalone.web.fault import Fault, bad_request, conflict, forbidden, not_found

MEDIA = "application/octet-stream"
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    length: int
    partial: bool


class DataApi:
    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._catalog = catalog
        self._files = files

    def routes(self) -> tuple[Route, ...]:
        path = "/v2/images/{id}/file"
        return (
            Route("PUT", path, self.upload, 204),
            Route("GET", path, self.download),
        )

    def upload(self, call: Call) -> None:
        if call.request.content_type != MEDIA:
            raise Fault(415, f"The request Content-Type must be '{MEDIA}'.")
        image = self._catalog.get_own(call.caller, call.args["id"], "upload data for")
        _describable(image)
        if not self._catalog.change(image["id"], expected="queued", status="saving"):
            raise conflict(
                f"Image status transition from {image['status']} to saving is not allowed"
            )
        self._receive(call, image)

    def download(self, call: Call) -> Any:
        image = self._catalog.get(call.caller, call.args["id"])
        if image["status"] == "deactivated" and not call.caller.is_admin:
            raise forbidden("The requested image has been deactivated. Download is forbidden.")
        if image["status"] not in ("active", "deactivated"):
            return webob.Response(status=204, content_type=None)
        span = _span(call.request.headers.get("Range"), image["size"])
        return self._send(image, span)

    def _receive(self, call: Call, image: Image) -> None:
        """A broken upload leaves the image queued: it can be tried again."""
        measure = Measure(image["disk_format"])
        try:
            self._files.write(image["id"], call.request.body_file, measure)
        except BaseException:
            self._catalog.change(image["id"], expected="saving", status="queued")
            raise
        active = {**measure.columns(), "status": "active"}
        if not self._catalog.change(image["id"], expected="saving", **active):
            self._files.remove(image["id"])
            raise Fault(410, f"Image {image['id']} was deleted while it was uploaded.")

    def _send(self, image: Image, span: _Span) -> Any:
        response = webob.Response(status=206 if span.partial else 200, content_type=MEDIA)
        try:
            response.app_iter = self._files.read(image["id"], span.start, span.length)
        except FileNotFoundError:
            raise not_found(f"Image {image['id']} has no data.") from None
        response.content_length = span.length
        if span.partial:
            last = span.start + span.length - 1
            response.headers["Content-Range"] = f"bytes {span.start}-{last}/{image['size']}"
        else:
            response.headers["Content-MD5"] = image["checksum"]
        return response


def _describable(image: Image) -> None:
    if not image["disk_format"] or not image["container_format"]:
        raise bad_request(
            "Properties disk_format, container_format must be set prior to saving data."
        )


def _span(header: str | None, size: int) -> _Span:
    """The bytes asked for; Fault 416 when there are none of these."""
    if header is None:
        return _Span(0, size, False)
    found = RANGE.match(header)
    if not found or not any(found.groups()):
        raise Fault(416, f"Invalid range: {header}")
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or end < start:
        raise Fault(416, f"Invalid range: {header}", **{"Content-Range": f"bytes */{size}"})
    return _Span(start, end - start + 1, True)
