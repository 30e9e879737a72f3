"""The image service put together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import webob.exc

from nova.core.clock import Clock
from nova.standalone.auth import TokenHeader, TokenValidator
from nova.standalone.image import tables as t
from nova.standalone.image.catalog import Catalog
from nova.standalone.image.data_api import DataApi
from nova.standalone.image.files import Files
from nova.standalone.image.image_api import ImageApi
from nova.standalone.image.member_api import MemberApi
from nova.standalone.image.schemas import Schemas
from nova.standalone.image.versions import Versions
from nova.standalone.storage import Store
from nova.standalone.web.application import Application, Face, Route
from nova.standalone.web.fault import Fault


class _Part(Protocol):
    def routes(self) -> tuple[Route, ...]: ...


@dataclass(frozen=True, slots=True)
class Image:
    app: Application
    store: Store


def build_image(
    validator: TokenValidator, clock: Clock, files: Path, path: Path | None = None
) -> Image:
    """Contents go to the directory `files`; rows to the database `path`, or to memory."""
    store = Store(t.METADATA, path)
    catalog, contents = Catalog(store, clock), Files(files)
    catalog.forget_uploads()
    parts: tuple[_Part, ...] = (
        Versions(),
        Schemas(),
        ImageApi(catalog, contents),
        DataApi(catalog, contents),
        MemberApi(catalog, store),
    )
    routes = [route for part in parts for route in part.routes()]
    return Image(Application(routes, Face(TokenHeader(validator), render)), store)


def render(fault: Fault, request: Any) -> Any:
    """HTML or JSON, as the client accepts; that is how Glance answers."""
    kind = webob.exc.status_map[fault.status]
    error = kind(explanation=fault.message, headers=dict(fault.headers))
    if fault.status == 401:
        error.headers["WWW-Authenticate"] = f'Keystone uri="{request.host_url}"'
    return request.get_response(error)
