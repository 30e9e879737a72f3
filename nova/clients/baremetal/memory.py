"""The bare metal service in memory."""

from dataclasses import replace

from nova.clients.baremetal.contract import Node, NodeNotFound
from nova.clients.gate import Gate, open_gate
from nova.context import RequestContext


class BaremetalMemory:
    def __init__(self, nodes: dict[str, Node], gate: Gate = open_gate) -> None:
        self._nodes = nodes
        self._gate = gate

    def nodes(self, context: RequestContext) -> tuple[Node, ...]:
        self._gate("baremetal.nodes")
        return tuple(replace(each, addresses=()) for each in self._nodes.values())

    def node(self, context: RequestContext, node_id: str) -> Node:
        self._gate("baremetal.node")
        if node_id not in self._nodes:
            raise NodeNotFound(node_id=node_id)
        return self._nodes[node_id]
