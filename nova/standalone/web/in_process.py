"""Stock HTTP clients talking to WSGI callables of this process, without sockets."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse


class WsgiAdapter(BaseAdapter):
    """A transport for requests sessions: `session.mount(prefix, WsgiAdapter(app))`."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        started: dict[str, Any] = {}

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
            started.update(status=status, headers=headers)

        parts = self._app(_environ(request), start_response)
        try:
            body = io.BytesIO(b"".join(parts))
        finally:
            getattr(parts, "close", lambda: None)()
        return self._response(request, started, body)

    def close(self) -> None:
        """Nothing is kept open."""

    def _response(
        self, request: requests.PreparedRequest, started: dict[str, Any], body: io.BytesIO
    ) -> requests.Response:
        code, _, reason = started["status"].partition(" ")
        response = requests.Response()
        response.status_code = int(code)
        response.reason = reason
        response.headers.update(dict(started["headers"]))
        response.raw = HTTPResponse(
            body=body,
            headers=started["headers"],
            preload_content=False,
            request_method=request.method,
        )
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.url = str(request.url)
        response.request = request
        return response


def session_for(apps: Mapping[str, Any]) -> requests.Session:
    """A session that reaches each app under its URL prefix, and nothing else."""
    session = requests.Session()
    session.adapters.clear()
    for prefix, app in apps.items():
        session.mount(prefix, WsgiAdapter(app))
    return session


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(str(request.url))
    body = _body(request.body)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        environ[_key(name)] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.setdefault("HTTP_HOST", url.netloc)
    return environ


def _key(name: str) -> str:
    name = name.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    if hasattr(body, "read"):
        return bytes(body.read())
    return b"".join(body)
