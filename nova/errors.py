"""Errors that a user, an operator or another process may see.

An error class is a sentence with named gaps and the code of its kind.  The
codes are those of HTTP because the contract words them so; a layer below the
API never builds an answer from them.  Errors travel over RPC by class path
and gaps (`to_wire` / `from_wire`), so they hold nothing but JSON values.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar


class NovaError(Exception):
    """Something went wrong that has a name.

    `template` is formatted with the keyword arguments; a missing gap is a
    programming error and raises KeyError at once.  `code` is the HTTP status
    the API answers with when nothing more special is declared.
    """

    template: ClassVar[str] = "An unknown exception occurred."
    code: ClassVar[int] = 500

    def __init__(self, **gaps: Any) -> None:
        self.gaps: dict[str, Any] = gaps
        super().__init__(self.template.format(**gaps))

    @property
    def message(self) -> str:
        return str(self.args[0])


class Invalid(NovaError):
    template = "Bad Request - Invalid Parameters"
    code = 400


class Forbidden(NovaError):
    template = "Forbidden"
    code = 403


class NotFound(NovaError):
    template = "Resource could not be found."
    code = 404


class Conflict(NovaError):
    template = "Conflict"
    code = 409


class Unavailable(NovaError):
    """A service we need does not answer; trying again later may help."""

    template = "{service} is not available: {reason}"
    code = 503


class Unsupported(NovaError):
    template = "The requested functionality is not supported."
    code = 501


class Refused(NovaError):
    """A request that the contract refuses with a sentence of its own.

    For sentences used at one place only: `Refused(code=400, message=...)`.
    """

    template = "{message}"

    def __init__(self, *, code: int, message: str) -> None:
        super().__init__(code=code, message=message)
        self.code = code  # type: ignore[misc]


class RemoteFailure(NovaError):
    """Another process failed in a way that has no name here."""

    template = "{kind}: {reason}"


class ConfigurationFailure(NovaError):
    """The process cannot start with what its operator wrote."""

    template = "{reason}"


def _kinds(root: type[NovaError]) -> Iterator[type[NovaError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)


def to_wire(error: BaseException) -> dict[str, Any]:
    """{'kind': class path, 'gaps': {...}} of any error; unnamed ones lose their type."""
    if isinstance(error, NovaError):
        kind = type(error)
        return {"kind": f"{kind.__module__}:{kind.__qualname__}", "gaps": _plain(error.gaps)}
    return {
        "kind": "nova.errors:RemoteFailure",
        "gaps": {"kind": type(error).__name__, "reason": str(error)},
    }


def from_wire(wire: Mapping[str, Any]) -> NovaError:
    """The error of `to_wire`; a class that this process has not loaded, or whose sentence has
    other gaps here, becomes RemoteFailure."""
    for kind in _kinds(NovaError):
        if f"{kind.__module__}:{kind.__qualname__}" == wire["kind"]:
            with suppress(KeyError, TypeError):
                return kind(**wire["gaps"])
    return RemoteFailure(kind=wire["kind"].rpartition(":")[2], reason=str(wire["gaps"]))


def _plain(gaps: Mapping[str, Any]) -> dict[str, Any]:
    simple = (str, int, float, bool, type(None), list, dict)
    return {k: v if isinstance(v, simple) else str(v) for k, v in gaps.items()}
