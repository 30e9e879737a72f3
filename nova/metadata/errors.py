"""What a guest, or a proxy that speaks for it, is refused with."""

from nova.errors import Conflict, Forbidden, Invalid, NotFound, NovaError


class NobodyKnown(NotFound):
    """The asker is no server of ours, or not the one it says."""


class NoSuchPath(NotFound):
    """There is nothing under the path."""


class BadProxy(Invalid):
    """A proxy does not say what it has to."""

    template = "{reason}"


class SignatureWrong(Forbidden):
    template = "Invalid proxy request signature."


class TroubleUnknown(NovaError):
    """Something of ours failed; guests ask again."""

    template = "An unknown error has occurred. Please try your request again."


class PasswordThere(Conflict):
    """A guest says its password once."""

    template = "There was a conflict when trying to complete your request."


class PasswordTooLong(Invalid):
    template = "Request is too large."


class PasswordMethod(Invalid):
    template = "GET and POST only are supported."
