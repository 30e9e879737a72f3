"""The host's store over the bus: every method is one message to the conductor.

Reports of what was done carry the operation's key and outcome only, so that a
conductor of another release reads as little as possible of what it need not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nova.context import RequestContext, admin_context
from nova.core.states import Transition
from nova.objects.host import ComputeNode, HostDevice, Service
from nova.objects.server import Instance, Operation, Outcome
from nova.rpc.contract import CONDUCTOR, Address, Bus

TO = Address(CONDUCTOR)
# Seconds: each question is a transaction or two, so a conductor that is silent for longer
# has died with the question, and the next one shall hear it.
SOON = 15.0


class RelayedHostStore:
    """nova.objects.store.HostStore.  `host` lets the conductor find the cell."""

    def __init__(self, bus: Bus, host: str) -> None:
        self._bus = bus
        self._host = host

    def start(
        self, service: Service, nodes: Sequence[ComputeNode], owner: str
    ) -> tuple[Service, list[ComputeNode], list[Instance], list[Operation]]:
        answer = self._ask(
            "host_start", None, service=service, nodes=list(nodes), owner=owner
        )
        return answer[0], answer[1], answer[2], answer[3]

    def report(
        self, host: str, owner: str, operation_ids: Sequence[int]
    ) -> list[tuple[int, str]]:
        answer = self._ask("host_report", owner=owner, operation_ids=list(operation_ids))
        return [(one[0], one[1]) for one in answer]

    def service(self, host: str) -> Service:
        found: Service = self._ask("host_service")
        return found

    def report_nodes(self, nodes: Sequence[ComputeNode]) -> None:
        self._ask("host_report_nodes", nodes=list(nodes))

    def report_devices(self, node_uuid: str, devices: Sequence[HostDevice]) -> None:
        self._ask("host_report_devices", node_uuid=node_uuid, devices=list(devices))

    def claim(
        self, operation_id: int, owner: str, instance: Mapping[str, Any] | None = None
    ) -> tuple[Operation, Instance]:
        columns = None if instance is None else dict(instance)
        answer = self._ask(
            "host_claim", operation_id=operation_id, owner=owner, columns=columns
        )
        return answer[0], answer[1]

    def begin(
        self, operation: Operation, moves: Transition, changes: Mapping[str, Any]
    ) -> Operation:
        found: Operation = self._bus.call(
            TO, "host_begin", self._context(operation),
            {"host": self._host, "operation": operation, "moves": moves.to_json(),
             "changes": dict(changes)}, SOON,
        )
        return found

    def progress(
        self, operation: Operation, owner: str, instance: Mapping[str, Any],
        after: Sequence[str | None] = (),
    ) -> None:
        self._bus.cast(
            TO, "host_progress", self._context(operation),
            {"host": self._host, "operation": _key(operation), "owner": owner,
             "columns": dict(instance), "after": list(after)},
        )

    def settle(self, operation: Operation, owner: str, outcome: Outcome) -> bool:
        return bool(self._tell("host_settle", operation, owner=owner, outcome=outcome))

    def hand_back(self, operation: Operation, owner: str, outcome: Outcome) -> None:
        self._tell("host_hand_back", operation, owner=owner, outcome=outcome)

    def instances(self, host: str) -> list[Instance]:
        found: list[Instance] = self._ask("host_instances")
        return found

    def gone(self, instance_uuids: Sequence[str]) -> list[str]:
        found: list[str] = self._ask("host_gone", instance_uuids=list(instance_uuids))
        return found

    def outlived(
        self, host: str, instance_uuids: Sequence[str], *, building: bool = True
    ) -> list[str]:
        found: list[str] = self._ask(
            "host_outlived", instance_uuids=list(instance_uuids), building=building
        )
        return found

    def update_instance(
        self, uuid: str, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> None:
        self._ask(
            "host_update_instance", uuid=uuid, changes=dict(changes),
            expected=None if expected is None else dict(expected),
        )

    def _ask(self, method: str, timeout: float | None = SOON, /, **arguments: Any) -> Any:
        return self._bus.call(
            TO, method, admin_context(), {"host": self._host, **arguments}, timeout
        )

    def _tell(self, method: str, operation: Operation, **arguments: Any) -> Any:
        return self._bus.call(
            TO, method, self._context(operation),
            {"host": self._host, "operation": _key(operation), **arguments}, SOON,
        )

    def _context(self, operation: Operation) -> RequestContext:
        return admin_context(operation.request_id)


def _key(operation: Operation) -> Operation:
    """The operation without what the store knows better."""
    return Operation.hydrate({
        name: getattr(operation, name)
        for name in ("id", "instance_uuid", "kind", "request_id", "state", "cursor", "progress")
    })
