"""A ticket to a server's console."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class ConsoleToken:
    """What a console proxy has to know, kept under the hash of the secret that a user holds.

    `expires` is in seconds since the epoch; `access_url_base` the URL the user was sent to,
    without the token; `internal_access_path` what a CONNECT to `host` has to name first.
    """

    instance_uuid: str
    console_type: str
    host: str
    port: int
    expires: int
    tls_port: int | None = None
    internal_access_path: str | None = None
    access_url_base: str | None = None


def hash_of(token: str) -> str:
    """What is kept in place of the secret itself."""
    return hashlib.sha256(token.encode()).hexdigest()
