"""Why there is no console; the sentences are the contract's."""

from nova.errors import Invalid, NotFound, NovaError


class ConsoleUnavailable(Invalid):
    """The host offers none of this type, or the guest has none now."""

    template = "Unavailable console type {console_type}."


class ConsoleTypeUnknown(Invalid):
    template = "Invalid console type {console_type}"


class ConsoleRetired(Invalid):
    """RDP went with the only hypervisor that had it."""

    template = (
        "The server could not comply with the request since it is either malformed or "
        "otherwise incorrect."
    )


class TokenNotFound(NotFound):
    template = "Token not found"


class TokenNotForYou(NovaError):
    """Long ago only tokens of RDP consoles could be looked up."""

    template = "The requested console type details are not accessible"
    code = 401
