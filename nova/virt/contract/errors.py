"""What can go wrong on a hypervisor, by what the caller may do about it.

Two of the classes are for catching: `CannotSpawn` (this host could not; another
one may) and `BadGuest` (no host will ever build this).  The others are for
reading.
"""

from nova.errors import Conflict, Invalid, NotFound, NovaError, Unavailable, Unsupported


class GuestNotFound(NotFound):
    """The hypervisor of this host knows no such guest."""

    template = "Guest {uuid} could not be found on this host."


class GuestExists(Conflict):
    """A guest of that id is here already."""

    template = "Guest {uuid} exists already on this host."


class WrongPowerState(Conflict):
    """The guest cannot do that in the state that it is in."""

    template = "Guest {uuid} cannot {verb} while it is {state}."


# For CannotSuspend.
MDEVS_STAY = "Suspend is not supported for instances having attached mediated devices."


class CannotSuspend(NovaError):
    """What the guest is doing cannot be saved; it goes on."""

    template = "Failed to suspend instance: {reason}"


class CannotSpawn(NovaError):
    """This host could not build the guest.  Nothing of it is left; try another host."""

    template = "Guest {uuid} could not be built here: {reason}"


class BadGuest(Invalid):
    """What was asked for cannot be built anywhere.  Nothing of it is left; give up."""

    template = "Guest {uuid} cannot be built: {reason}"


class UnsupportedGuest(CannotSpawn):
    """The guest asks for a device or a setting that this host does not have or know."""

    template = "{what} is not supported: {value}"


class BadImage(BadGuest):
    """The image is not what it says it is, or is of a kind that is refused."""

    template = "Image {image_id} is unacceptable: {reason}"


class ImageChecksumMismatch(BadImage):
    """The bytes that arrived are not those that the image service registered."""

    template = "Image {image_id} is unacceptable: its {algorithm} is {actual}, not {expected}"


class BadSignature(BadImage):
    """The image is not signed, or not as it says."""

    template = "Signature verification for the image failed: {reason}."


class UntrustedCertificate(BadGuest):
    """The image is signed by somebody who is not trusted here, or not any more."""

    template = (
        "Image signature certificate validation failed for certificate: {certificate_id}. {reason}"
    )


class ImageTooBig(BadGuest):
    """The image unfolds to more bytes than the root disk has."""

    template = (
        "Flavor's disk is too small for requested image. Flavor disk is {disk_bytes} bytes, "
        "image {image_id} is {image_bytes} bytes."
    )


class ImageUnavailable(CannotSpawn):
    """The image could not be fetched; that may be a matter of this host or of the moment."""

    template = "Image {image_id} could not be fetched: {reason}"


class MadeWay(NovaError):
    """Long work ended early, because something else is to be done to the guest."""

    template = "Guest {uuid} is wanted for something else."


class QuiesceFailed(NovaError):
    """The guest did not bring its file systems to rest, and had to."""

    template = "Guest {uuid} cannot be brought to rest: {reason}"


class PlugFailed(CannotSpawn):
    """A network interface could not be connected on this host."""

    template = "Port {port_id} could not be plugged: {reason}"


class AttachFailed(NovaError):
    """The hypervisor did not plug the device in; it is not there."""

    template = "Failed to attach {device} to {uuid}: {reason}"


class DetachFailed(NovaError):
    """The guest did not let go of a device; it still has it."""

    template = "Device detach failed for {device}: {reason}"


class AgentNotEnabled(Conflict):
    """The guest was made without a line to an agent."""

    template = "Guest agent is not enabled for the instance"


class AgentSilent(Unsupported):
    """There is a line, and nobody answers."""

    template = "The agent of guest {uuid} does not answer."


class PowerTimeout(NovaError):
    """The guest did not reach the state in the time that it was given."""

    template = "Guest {uuid} did not become {state} within {seconds} seconds."


class ConsoleNotAvailable(NotFound):
    """The guest has no such console, or nothing can be read from it now."""

    template = "Guest console {kind} of {uuid} is not available."


class HypervisorUnavailable(Unavailable):
    """The hypervisor does not answer; trying again later may help."""

    template = "Connection to the hypervisor is broken on host: {reason}"


class HypervisorError(NovaError):
    """The hypervisor refused for a reason of its own."""

    template = "The hypervisor failed to {verb}: {reason}"
