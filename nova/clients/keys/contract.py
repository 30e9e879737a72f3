"""Contract of the key service.

Every call is made with the token of the context when it has one, else with the
credentials of this service.
"""

from typing import Protocol

from nova.context import RequestContext
from nova.errors import NotFound, Unavailable


class KeysUnavailable(Unavailable):
    """The key service does not answer, or does not let us in."""


class SecretNotFound(NotFound):
    template = "Secret {secret_id} could not be found."


class KeyService(Protocol):
    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        """An X.509 certificate in DER form.  Raises SecretNotFound (also: it is something
        else), KeysUnavailable."""


class NoKeys:
    """Where there is no key service."""

    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        raise KeysUnavailable(service="keys", reason="there is none")
