"""What a request about services may be refused with."""

from nova.errors import Conflict, Invalid, NotFound


class UuidInvalid(Invalid):
    template = "Invalid uuid {id}"


class ServiceUnknown(NotFound):
    template = "Service {id} not found."


class ServiceAmbiguous(Invalid):
    template = "More than one possible service found."


class VerbUnknown(NotFound):
    template = "Unknown action"


class ReasonMissing(Invalid):
    template = "Missing disabled reason field"


class FieldMissing(Invalid):
    template = "Missing {field} field"


class NothingToChange(Invalid):
    template = (
        "No updates were requested. Fields 'status' or 'forced_down' should be specified."
    )


class ReasonWithoutDisabling(Invalid):
    template = (
        "Specifying 'disabled_reason' requires that 'status' is 'disabled', or that it is "
        "disabled already."
    )


class NotACompute(Invalid):
    template = (
        "Updating a {binary} service is not supported. Only nova-compute services can be updated."
    )


class BinaryNotFound(NotFound):
    template = "Could not find binary {binary} on host {host}."


class HostsServers(Conflict):
    template = (
        "Unable to delete compute service that is hosting instances. "
        "Migrate or delete the instances first."
    )


class HasMigrations(Conflict):
    template = (
        "Unable to delete compute service that has in-progress migrations. "
        "Complete the migrations or delete the instances first."
    )
