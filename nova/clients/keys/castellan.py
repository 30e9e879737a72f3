"""The key service that [key_manager]backend names, through castellan: Barbican, Vault, or a
class of the operator's own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from castellan import key_manager
from castellan.common import exception
from castellan.common.objects.passphrase import Passphrase
from castellan.common.utils import credential_factory, credential_opts
from oslo_config import cfg
from oslo_context.context import RequestContext as LibraryContext

from nova.clients.keys.contract import KeysUnavailable, SecretNotFound
from nova.clients.login import load_credentials
from nova.context import RequestContext
from nova.errors import ConfigurationFailure

SERVICE = "keys"
X_509 = "X.509"


def connect(conf: cfg.ConfigOpts) -> "CastellanKeys":
    return CastellanKeys(conf)


class CastellanKeys:
    """No service is looked for before the first question."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        options = (*key_manager.key_manager_opts, *credential_opts)
        conf.register_opts(options, group="key_manager")

    def certificate(self, context: RequestContext, certificate_id: str) -> bytes:
        found = self._get(context, certificate_id)
        if getattr(found, "format", None) != X_509:
            raise SecretNotFound(secret_id=certificate_id)
        return bytes(found.get_encoded())

    def keep(self, context: RequestContext, name: str, passphrase: str) -> str:
        with _translated():
            secret = Passphrase(passphrase.encode(), name=name)
            return str(self._service.store(self._asker(context), secret))

    def passphrase(self, context: RequestContext, secret_id: str) -> str:
        found = self._get(context, secret_id)
        if not isinstance(found, Passphrase):
            raise SecretNotFound(secret_id=secret_id)
        return (found.get_encoded() or b"").decode()

    def forget(self, context: RequestContext, secret_id: str) -> None:
        with suppress(SecretNotFound), _translated(secret_id):
            self._service.delete(self._asker(context), secret_id)

    def _get(self, context: RequestContext, secret_id: str) -> Any:
        with _translated(secret_id):
            return self._service.get(self._asker(context), secret_id)

    @cached_property
    def _service(self) -> Any:
        return key_manager.API(self._conf)

    def _asker(self, context: RequestContext) -> Any:
        """As the library wants to be told of them."""
        if self._conf.key_manager.auth_type:
            return credential_factory(self._conf, context)
        if context.auth_token:
            return LibraryContext(
                auth_token=context.auth_token,
                user_id=context.user_id,
                project_id=context.project_id,
                user_domain_id=context.user_domain_id,
                project_domain_id=context.project_domain_id,
                request_id=context.request_id,
            )
        return _Ourselves(self._conf)


@contextmanager
def _translated(secret_id: str = "") -> Iterator[None]:
    try:
        yield
    except exception.ManagedObjectNotFoundError:
        raise SecretNotFound(secret_id=secret_id) from None
    except exception.CastellanException as error:
        raise KeysUnavailable(service=SERVICE, reason=str(error)) from error


class _Ourselves(LibraryContext):
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(is_admin=True)
        self._conf = conf

    def get_auth_plugin(self) -> Any:
        """How this service logs in."""
        found = load_credentials(self._conf, "barbican_service_user", borrow=True)
        if found is None:
            raise ConfigurationFailure(
                reason="No credentials for the key service: see [barbican_service_user]"
            )
        return found
