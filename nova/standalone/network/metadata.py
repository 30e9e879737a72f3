"""169.254.169.254 for guests: says compute's metadata service who is asking.

A guest is known by its address, which the packet filter makes sure is its own.
What is passed on is what Neutron's metadata agent passes on: the server's and
the project's id, and a signature over the former that only we can make.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from typing import Any

import requests
import sqlalchemy as sa
import webob

from nova.standalone.network import tables as t
from nova.standalone.storage import Store, first

LOG = logging.getLogger(__name__)
TIMEOUT = 60
PASSED_ON = ("Accept", "Content-Type", "X-Metadata-Token", "X-Metadata-Token-Ttl-Seconds")
# A guest as compute knows it: (server id, project id).
Guest = tuple[str, str]


class MetadataProxy:
    """The WSGI callable behind the address."""

    def __init__(self, target: str, secret: str) -> None:
        """`target` is the URL of the metadata service, `secret` what it shares with us."""
        self._target = target.rstrip("/")
        self._secret = secret.encode()
        self._session = requests.Session()
        self._session.trust_env = False
        self._find: Callable[[str], Guest | None] = lambda address: None

    def know(self, find: Callable[[str], Guest | None]) -> None:
        """From now on guests are found by their addresses."""
        self._find = find

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = webob.Request(environ)
        guest = self._find(str(request.remote_addr))
        response = webob.Response(status=404) if guest is None else self._ask(request, guest)
        return response(environ, start_response)

    def _ask(self, request: Any, guest: Guest) -> Any:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers |= self._identity(str(request.remote_addr), guest)
        url = self._target + request.path_qs
        try:
            answer = self._session.request(
                request.method, url, data=request.body, headers=headers, timeout=TIMEOUT
            )
        except requests.RequestException as error:
            LOG.warning("The metadata service did not answer %s: %s", request.path, error)
            return webob.Response(status=503)
        kind = answer.headers.get("Content-Type", "text/plain")
        response = webob.Response(status=answer.status_code, body=answer.content)
        response.headers["Content-Type"] = kind
        return response

    def _identity(self, address: str, guest: Guest) -> dict[str, str]:
        server, project = guest
        signature = hmac.new(self._secret, server.encode(), hashlib.sha256).hexdigest()
        return {
            "X-Forwarded-For": address,
            "X-Instance-ID": server,
            "X-Tenant-ID": project,
            "X-Instance-ID-Signature": signature,
        }


def finder(store: Store) -> Callable[[str], Guest | None]:
    """Guests by address, where no two networks share addresses."""
    ports, held = t.PORTS.c, t.ALLOCATIONS.c
    query = sa.select(ports.device_id, ports.project_id).join(
        t.ALLOCATIONS, held.port_id == ports.id
    )
    query = query.where(ports.device_owner.startswith("compute:"), ports.device_id != "")

    def find(address: str) -> Guest | None:
        with store.read() as connection:
            row = first(connection, query.where(held.ip_address == address))
        return (row["device_id"], row["project_id"]) if row else None

    return find
