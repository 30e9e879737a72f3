"""A key service in memory."""

from nova.clients.keys.contract import SecretNotFound
from nova.context import RequestContext


class KeysMemory:
    """`certificates` in DER form, by id; `askers` are those who asked, in turn."""

    def __init__(self) -> None:
        self.certificates: dict[str, bytes] = {}
        self.askers: list[RequestContext] = []

    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        self.askers.append(context)
        try:
            return self.certificates[certificate_id]
        except KeyError:
            raise SecretNotFound(secret_id=certificate_id) from None
