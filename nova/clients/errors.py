"""Failures every service can give."""

from nova.errors import NovaError


class TokenRejected(NovaError):
    """The user's token is not (any more) good enough for the service."""

    template = "The {service} service does not accept the token of this request."
    code = 401
