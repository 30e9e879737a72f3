"""The key service that [key_manager]backend names, through castellan: Barbican, Vault, or a
class of the operator's own."""

from functools import cached_property
from typing import Any

from castellan import key_manager
from castellan.common import exception
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

    def _get(self, context: RequestContext, secret_id: str) -> Any:
        try:
            return self._service.get(self._asker(context), secret_id)
        except exception.ManagedObjectNotFoundError:
            raise SecretNotFound(secret_id=secret_id) from None
        except exception.CastellanException as error:
            raise KeysUnavailable(service=SERVICE, reason=str(error)) from error

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
