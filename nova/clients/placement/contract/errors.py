"""What the placement service may say no to."""

from nova.errors import Conflict, Invalid, NotFound, Unavailable


class PlacementUnavailable(Unavailable):
    """The placement service does not answer, or answers with an error of its own."""


class PlacementRefused(Invalid):
    template = "The placement service refused the request: {reason}"


class ProviderNotFound(NotFound):
    template = "Resource provider {provider_id} could not be found."


class ProviderInUse(Conflict):
    template = "Resource provider {provider_id} is in use: {reason}"


class ProviderNameTaken(Conflict):
    template = "A resource provider named {name} exists already."


class InventoryInUse(Conflict):
    template = "Inventory of resource provider {provider_id} is in use: {reason}"


class GenerationConflict(Conflict):
    """Somebody else changed it since it was read; read it again."""

    template = "{subject} was changed by another process: {reason}"


class NotEnoughRoom(Conflict):
    """The allocation does not fit (any more) where it was asked for."""

    template = "Cannot allocate for {consumer_id}: {reason}"
