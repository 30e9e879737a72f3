"""Why somebody is not let in to a console, or loses it."""

from nova.errors import Forbidden, NovaError


class NotAdmitted(Forbidden):
    """Told to the user; it says nothing of why a token is no good."""

    template = "The token is invalid or has expired"


class WrongOrigin(Forbidden):
    """The page that asks is not one of ours."""

    template = "{reason}"


class TargetFailed(NovaError):
    """The guest's screen does not answer as it should."""

    template = "{reason}"
