"""The bus, as far as this project needs one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nova.context import RequestContext
from nova.errors import NovaError, Unavailable

CONDUCTOR = "conductor"
SCHEDULER = "scheduler"
COMPUTE = "compute"


@dataclass(frozen=True)
class Address:
    """A queue: whoever serves `topic`, or just the process on `server`; with `everyone`
    each process that serves it (casts only)."""

    topic: str
    server: str | None = None
    everyone: bool = False


class NoAnswer(Unavailable):
    """Nobody answered in time; whether the work was done is not known."""

    template = "{service} did not answer: {reason}"


class UnknownMethod(NovaError):
    template = "Method {method} is not served by {topic}."


class Serving(Protocol):
    """A running server of one address."""

    def stop(self) -> None:
        """Take no more messages; return when those taken are done."""


class Bus(Protocol):
    """Arguments and answers are JSON values and versioned objects.

    Errors that are NovaErrors arrive as themselves; any other as RemoteFailure.
    """

    def call(
        self,
        to: Address,
        method: str,
        context: RequestContext,
        arguments: Mapping[str, Any],
        timeout: float | None = None,
    ) -> Any:
        """Ask and wait; NoAnswer after `timeout` seconds (None: the configured one)."""

    def cast(
        self, to: Address, method: str, context: RequestContext, arguments: Mapping[str, Any]
    ) -> None:
        """Tell; returning means that the broker has it, or raises Unavailable."""

    def serve(self, at: Address, endpoint: object) -> Serving:
        """Call the public methods of `endpoint` as method(context, **arguments)."""

    def ping(self) -> None:
        """Raise Unavailable unless the broker answers."""


class Buses(Protocol):
    """The bus of the API services, and that of each cell."""

    @property
    def top(self) -> Bus: ...

    def cell(self, cell_uuid: str) -> Bus: ...
