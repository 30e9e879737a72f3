"""What can go wrong in placement, by name.

`code` is the HTTP status of the contract, `token` its error code (given to
clients from microversion 1.23 on).
"""

from typing import ClassVar

from nova.errors import NovaError

UNDEFINED = "placement.undefined_code"


class PlacementError(NovaError):
    """`PlacementError(message=...)`, and the same for every kind below."""

    template = "{message}"
    code: ClassVar[int] = 500
    token: ClassVar[str] = UNDEFINED


class BadRequest(PlacementError):
    code = 400


class BadQueryValue(BadRequest):
    token = "placement.query.bad_value"


class DuplicateQueryKey(BadRequest):
    token = "placement.query.duplicate_key"


class MissingQueryValue(BadRequest):
    token = "placement.query.missing_value"


class ProviderNamedIsMissing(BadRequest):
    """A body names a provider that does not exist."""

    token = "placement.resource_provider.not_found"


class Missing(PlacementError):
    code = 404


class Clash(PlacementError):
    code = 409


class ConcurrentUpdate(Clash):
    """Somebody else wrote first: read again and retry."""

    token = "placement.concurrent_update"


class DuplicateName(Clash):
    token = "placement.duplicate_name"


class InventoryInUse(Clash):
    token = "placement.inventory.inuse"


class ProviderInUse(Clash):
    token = "placement.resource_provider.inuse"


class ProviderHasChildren(Clash):
    token = "placement.resource_provider.cannot_delete_parent"


class NotAuthenticated(PlacementError):
    code = 401


class Refused(PlacementError):
    code = 403


class NotAcceptable(PlacementError):
    code = 406


class UnsupportedMedia(PlacementError):
    code = 415


class Away(PlacementError):
    """The database or the identity service does not answer."""

    code = 503


class CannotStart(PlacementError):
    """The configuration or the database does not let the process begin."""
