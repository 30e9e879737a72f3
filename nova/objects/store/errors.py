"""What a store may answer instead of a record.

Sentences are the contract's, since users see them.
"""

from nova.errors import Conflict, Invalid, NotFound, NovaError, Unavailable


class StateConflict(Conflict):
    """A compare-and-swap found something else; nothing was written."""

    template = "Instance {instance_uuid} changed meanwhile."


class OperationLost(Conflict):
    """The operation is no longer the caller's: somebody else settled or took it."""

    template = "Operation {operation_id} is not held by {owner}."


class InstanceNotFound(NotFound):
    template = "Instance {instance_id} could not be found."


class MarkerNotFound(Invalid):
    template = "marker [{marker}] not found"


class PatternInvalid(Invalid):
    """A filter is no regular expression of the database's dialect."""

    template = "Invalid filter: a pattern is not a regular expression."


class FlavorNotFound(NotFound):
    template = "Flavor {flavor_id} could not be found."


class FlavorExists(Conflict):
    template = "Flavor with name {name} already exists."


class FlavorIdExists(Conflict):
    template = "Flavor with ID {flavor_id} already exists."


class FlavorAccessExists(Conflict):
    template = (
        "Flavor access already exists for flavor {flavor_id} and project {project_id} combination."
    )


class FlavorAccessNotFound(NotFound):
    template = "Flavor access not found for {flavor_id} / {project_id} combination."


class ExtraSpecNotFound(NotFound):
    template = "Flavor {flavor_id} has no extra specs with key {key}."


class KeypairNotFound(NotFound):
    template = "Keypair {name} not found for user {user_id}"


class KeypairExists(Conflict):
    template = "Key pair '{name}' already exists."


class KeypairLimitExceeded(NovaError):
    template = "Quota exceeded, too many key pairs."
    code = 403


class ServiceNotFound(NotFound):
    template = "Service {service_id} could not be found."


class ComputeHostNotFound(NotFound):
    template = "Compute host {host} could not be found."


class HostMappingNotFound(NotFound):
    template = "Host '{host}' is not mapped to any cell"


class CellNotFound(NotFound):
    template = "Cell {cell_uuid} could not be found."


class AggregateNotFound(NotFound):
    template = "Aggregate {aggregate_id} could not be found."


class ServerGroupNotFound(NotFound):
    template = "Instance group {group_uuid} could not be found."


class ActionNotFound(NotFound):
    template = "Action {request_id} not found"


class DatabaseUnavailable(Unavailable):
    """The database does not answer; the statement had no effect we know of."""


class BlockDeviceNotFound(NotFound):
    template = "No block device mapping with UUID {uuid}."


class ShareAttached(Conflict):
    template = "Share '{share_id}' or tag '{tag}' already associated to this server."


class RequestSpecNotFound(NotFound):
    template = "RequestSpec not found for instance {instance_uuid}"


class AggregateNameExists(Conflict):
    template = "Aggregate {name} already exists."


class AggregateHostExists(Conflict):
    template = "Aggregate {aggregate_id} already has host {host}."


class AggregateHostNotFound(NotFound):
    template = "Aggregate {aggregate_id} has no host {host}."
