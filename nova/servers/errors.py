"""What a server may answer to a request; the sentences are the contract's."""

from nova.errors import Conflict, Forbidden, Invalid, NovaError


class InstanceInvalidState(Conflict):
    template = "Cannot '{word}' instance {instance_uuid} while it is in {attribute} {state}"


class InstanceNotLaunched(Conflict):
    template = "Instance {instance_uuid} is in an invalid state for '{word}'"


class InstanceLocked(Conflict):
    template = "Instance {instance_uuid} is locked"


class InstanceNotReady(Conflict):
    template = "Instance {instance_uuid} is not ready"


class HostSilent(Conflict):
    template = "Service is unavailable at this time."


class MetadataLimitExceeded(Forbidden):
    template = "Maximum number of metadata items exceeds {allowed}"


class HostDown(NovaError):
    template = "Host {host} does not answer; the operation was given up."


class DeadlinePassed(NovaError):
    template = "The operation did not end in time ({deadline})."


class BadServerRequest(Invalid):
    template = "{reason}"


class NoRoomOnHost(NovaError):
    """The host has not (any more) what the server needs for itself; another one may."""

    template = "Insufficient compute resources: {reason}."
