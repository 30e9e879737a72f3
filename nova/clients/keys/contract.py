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

    def keep(self, context: RequestContext, name: str, passphrase: str) -> str:
        """Keep a secret of ours; its id.  Raises KeysUnavailable."""

    def passphrase(self, context: RequestContext, secret_id: str) -> str:
        """What was kept.  Raises SecretNotFound, KeysUnavailable."""

    def forget(self, context: RequestContext, secret_id: str) -> None:
        """Nothing there is no error.  Raises KeysUnavailable."""


class NoKeys:
    """Where there is no key service."""

    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        raise _nowhere()

    def keep(self, context: RequestContext, name: str, passphrase: str) -> str:
        raise _nowhere()

    def passphrase(self, context: RequestContext, secret_id: str) -> str:
        raise _nowhere()

    def forget(self, context: RequestContext, secret_id: str) -> None:
        raise _nowhere()


def _nowhere() -> KeysUnavailable:
    return KeysUnavailable(service="keys", reason="there is none")
