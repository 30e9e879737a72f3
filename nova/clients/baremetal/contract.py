"""Contract of the bare metal service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nova.context import RequestContext
from nova.errors import NotFound, Unavailable, Unsupported


class BaremetalUnavailable(Unavailable):
    """The bare metal service does not answer, or answers with an error of its own."""


class BaremetalAbsent(Unsupported):
    """This cloud has none."""


class NodeNotFound(NotFound):
    template = "Node {node_id} could not be found."


@dataclass(frozen=True)
class Node:
    """`properties` are cpus, memory_mb, local_gb and others; `addresses` the MACs of its ports."""

    id: str
    instance_id: str | None = None
    provision_state: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()


class BaremetalService(Protocol):
    """Asked with our own credentials.  Each raises BaremetalUnavailable, BaremetalAbsent."""

    def nodes(self, context: RequestContext) -> tuple[Node, ...]:
        """All of them, without addresses."""

    def node(self, context: RequestContext, node_id: str) -> Node:
        """Raises NodeNotFound."""


class NoBaremetal:
    """A cloud without bare metal."""

    def nodes(self, context: RequestContext) -> tuple[Node, ...]:
        raise BaremetalAbsent

    def node(self, context: RequestContext, node_id: str) -> Node:
        raise BaremetalAbsent
