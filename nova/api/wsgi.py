"""Names of the WSGI protocol that this host uses."""

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]
# Puts something in front of an application.
Wrap = Callable[[Wsgi], Wsgi]

# Keys of what the pipeline leaves in the environment of a request.
CONTEXT = "nova.context"
REQUEST_ID = "nova.request_id"
GLOBAL_REQUEST_ID = "nova.global_request_id"
MOUNT = "nova.mount"
ROUTE = "nova.route"
VERSION = "nova.version"
