"""The image service over HTTP."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from oslo_config import cfg

from nova.clients.http import Answer, Call, ServiceHttp, reason
from nova.clients.image import wire
from nova.clients.image.contract import (
    ImageChange,
    ImageDeleteConflict,
    ImageDraft,
    ImageForbidden,
    ImageLimitExceeded,
    ImageMeta,
    ImageNotFound,
    ImageQuery,
    ImageRefused,
    ImageUnavailable,
)
from nova.clients.image.recent import RecentImages
from nova.clients.image.transfer import filled, verified
from nova.clients.login import TransportFactory, load_login, pooled_transport
from nova.clients.observer import Observer, unobserved
from nova.clients.patience import Patience
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.errors import NovaError

ALL, ONE, FILE = "/images", "/images/{image}", "/images/{image}/file"
IMPORT = "/images/{image}/import"
MEMBERS = "/images/{image}/members"
VERSION = re.compile(r"/v\d[\d.]*$")
PATCH_TYPE = "application/openstack-images-v2.1-json-patch"
BYTES_TYPE = "application/octet-stream"
# Images per answer of a listing; more are asked for page by page.
PAGE = 500


class Glance:
    """ImageService over HTTP.  `page`: images asked for at a time by `list`."""

    def __init__(self, http: ServiceHttp, recent: RecentImages, page: int = PAGE) -> None:
        self._http = http
        self._recent = recent
        self._page_size = page

    def show(self, context: RequestContext, image_id: str) -> ImageMeta:
        known = self._recent.get(context, image_id)
        return known or self._fetch(context, image_id)

    def list(
        self, context: RequestContext, query: ImageQuery | None = None
    ) -> tuple[ImageMeta, ...]:
        query = query or ImageQuery()
        found: list[ImageMeta] = []
        marker = query.marker
        while True:
            body = self._page(context, query, marker, query.limit - len(found))
            found += [wire.image(one) for one in body["images"]]
            if "next" not in body or (query.limit and len(found) >= query.limit):
                return tuple(found)
            marker = found[-1].id

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        image = self.show(context, image_id)
        call = Call("GET", FILE, {"image": image_id}, headers={"Accept": BYTES_TYPE}, stream=True)
        answer = _checked(self._http.send(context, call, as_user=True), image_id)
        if answer.status == 204:
            raise ImageNotFound(image_id=image_id)
        return verified(image, self._http.streamed(answer))

    def create(self, context: RequestContext, draft: ImageDraft) -> ImageMeta:
        call = Call("POST", ALL, body=wire.draft_body(draft))
        answer = self._http.send(context, call, as_user=True)
        if answer.status == 409 and draft.id is not None:
            return self._fetch(context, draft.id)
        return wire.image(_checked(answer, draft.id or draft.name).json())

    def upload(
        self,
        context: RequestContext,
        image_id: str,
        chunks: Iterable[bytes],
        change: ImageChange | None = None,
    ) -> ImageMeta:
        if change is not None:
            self.update(context, image_id, change)
        call = Call(
            "PUT",
            FILE,
            {"image": image_id},
            data=filled(chunks),
            headers={"Content-Type": BYTES_TYPE},
        )
        _checked(self._http.send(context, call, as_user=True), image_id)
        return self._fetch(context, image_id)

    def update(self, context: RequestContext, image_id: str, change: ImageChange) -> ImageMeta:
        present = self._fetch(context, image_id)
        operations = wire.patch(change, present)
        return self._patch(context, image_id, operations) if operations else present

    def copy(self, context: RequestContext, image_id: str, store: str) -> None:
        call = Call("POST", IMPORT, {"image": image_id}, body=wire.copy_body(store))
        _checked(self._http.send(context, call, as_user=True), image_id)
        self._recent.forget(image_id)

    def locate(self, context: RequestContext, image_id: str, location: str) -> ImageMeta:
        return self._patch(context, image_id, wire.location_patch(location))

    def share(self, context: RequestContext, image_id: str, project_id: str) -> None:
        call = Call("POST", MEMBERS, {"image": image_id}, body={"member": project_id})
        answer = self._http.send(context, call, as_user=True)
        if answer.status != 409:
            _checked(answer, image_id)

    def location(self, context: RequestContext, image_id: str) -> str:
        return f"{VERSION.sub('', self._http.address(context))}/images/{image_id}"

    def delete(self, context: RequestContext, image_id: str) -> bool:
        self._recent.forget(image_id)
        call = Call("DELETE", ONE, {"image": image_id})
        answer = self._http.send(context, call, as_user=True)
        if answer.status == 404:
            return False
        if answer.status == 409:
            raise ImageDeleteConflict(reason=reason(answer))
        return _checked(answer, image_id).ok

    def _patch(
        self, context: RequestContext, image_id: str, operations: Sequence[Mapping[str, Any]]
    ) -> ImageMeta:
        call = Call(
            "PATCH",
            ONE,
            {"image": image_id},
            body=operations,
            headers={"Content-Type": PATCH_TYPE},
        )
        changed = _checked(self._http.send(context, call, as_user=True), image_id).json()
        return self._recent.put(context, wire.image(changed))

    def _fetch(self, context: RequestContext, image_id: str) -> ImageMeta:
        answer = self._http.send(context, Call("GET", ONE, {"image": image_id}), as_user=True)
        return self._recent.put(context, wire.image(_checked(answer, image_id).json()))

    def _page(
        self, context: RequestContext, query: ImageQuery, marker: str | None, wanted: int
    ) -> Mapping[str, Any]:
        pairs = [
            *query.filters.items(),
            ("sort_key", query.sort_key),
            ("sort_dir", query.sort_dir),
            ("limit", str(min(wanted, self._page_size) if query.limit else self._page_size)),
        ]
        pairs += [("visibility", query.visibility)] if query.visibility else []
        pairs += [("marker", marker)] if marker else []
        answer = self._http.send(context, Call("GET", ALL, query=pairs), as_user=True)
        if answer.status in (400, 404):
            raise ImageRefused(image_id=marker or "list", reason=reason(answer))
        body: Mapping[str, Any] = _checked(answer, "list").json()
        return body


def _checked(answer: Answer, image_id: str) -> Answer:
    if not answer.ok:
        raise _refusal(answer, image_id)
    return answer


def _refusal(answer: Answer, image_id: str) -> NovaError:
    if answer.status in (404, 410):
        return ImageNotFound(image_id=image_id)
    if answer.status == 413:
        return ImageLimitExceeded(image_id=image_id)
    if answer.status == 403:
        return ImageForbidden(image_id=image_id)
    return ImageRefused(image_id=image_id, reason=reason(answer))


def connect(
    conf: cfg.ConfigOpts,
    clock: Clock,
    *,
    observer: Observer = unobserved,
    transport: TransportFactory = pooled_transport,
) -> Glance:
    """The image service of group [glance]; no call is made yet."""
    http = ServiceHttp(
        "image",
        load_login(conf, "glance", "/v2", borrow=True, transport=transport),
        clock,
        unavailable=ImageUnavailable,
        observer=observer,
        patience=Patience.of(conf.glance, conf.glance.num_retries),
    )
    return Glance(http, RecentImages(clock))
