"""A key service in memory."""

import uuid

from nova.clients.keys.contract import SecretNotFound
from nova.context import RequestContext


class KeysMemory:
    """`certificates` in DER form, by id; `askers` are those who asked, in turn;
    `passphrases` by id, each with the project that it is of (None: this service's)."""

    def __init__(self) -> None:
        self.certificates: dict[str, bytes] = {}
        self.passphrases: dict[str, tuple[str | None, str]] = {}
        self.askers: list[RequestContext] = []

    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        self.askers.append(context)
        try:
            return self.certificates[certificate_id]
        except KeyError:
            raise SecretNotFound(secret_id=certificate_id) from None

    def keep(self, context: RequestContext, name: str, passphrase: str) -> str:
        secret_id = str(uuid.uuid4())
        self.passphrases[secret_id] = (context.project_id, passphrase)
        return secret_id

    def passphrase(self, context: RequestContext, secret_id: str) -> str:
        self._find(context, secret_id)
        return self.passphrases[secret_id][1]

    def forget(self, context: RequestContext, secret_id: str) -> None:
        if secret_id in self.passphrases:
            self._find(context, secret_id)
            del self.passphrases[secret_id]

    def _find(self, context: RequestContext, secret_id: str) -> None:
        owner, _passphrase = self.passphrases.get(secret_id, ("nobody", ""))
        if owner != context.project_id:
            raise SecretNotFound(secret_id=secret_id)
