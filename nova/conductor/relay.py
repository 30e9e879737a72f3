"""The cell's store, kept for compute hosts: nova/rpc/relay.py is the other end."""

from collections.abc import Callable, Sequence
from typing import Any

from nova.conductor.departed import gone, outlived
from nova.conductor.runner import Runner
from nova.context import RequestContext
from nova.core.states import Transition
from nova.objects.host import ComputeNode, HostDevice, Service
from nova.objects.server import Instance, Operation, Outcome
from nova.objects.store import HostStore, Stores

NEW_ARE_DISABLED = "New compute service disabled due to config option."


class HostRelay:
    """`store_of` answers the store of the cell a host belongs to, and the cell's uuid.

    Unless `enable_new`, a host that was never here gets no servers before an operator
    enables it.
    """

    def __init__(
        self, stores: Stores, store_of: Callable[[str], tuple[str, HostStore]], runner: Runner,
        *, enable_new: bool,
    ) -> None:
        self._stores = stores
        self._store_of = store_of
        self._runner = runner
        self._enable_new = enable_new

    def host_start(
        self, context: RequestContext, host: str, service: Service, nodes: list[ComputeNode],
        owner: str,
    ) -> Any:
        if not self._enable_new:
            # What is known of a service already stays as it is.
            service.keep({"disabled": True, "disabled_reason": NEW_ARE_DISABLED})
        return list(self._store(host).start(service, nodes, owner))

    def host_report(
        self, context: RequestContext, host: str, owner: str, operation_ids: list[int]
    ) -> Any:
        return [list(one) for one in self._store(host).report(host, owner, operation_ids)]

    def host_service(self, context: RequestContext, host: str) -> Service:
        return self._store(host).service(host)

    def host_report_nodes(
        self, context: RequestContext, host: str, nodes: list[ComputeNode]
    ) -> None:
        self._store(host).report_nodes(nodes)

    def host_report_devices(
        self, context: RequestContext, host: str, node_uuid: str, devices: list[HostDevice]
    ) -> None:
        self._store(host).report_devices(node_uuid, devices)

    def host_claim(
        self, context: RequestContext, host: str, operation_id: int, owner: str,
        columns: dict[str, Any] | None,
    ) -> Any:
        return list(self._store(host).claim(operation_id, owner, columns))

    def host_begin(
        self, context: RequestContext, host: str, operation: Operation,
        moves: dict[str, Any], changes: dict[str, Any],
    ) -> Operation:
        return self._store(host).begin(operation, Transition.from_json(moves), changes)

    def host_progress(
        self, context: RequestContext, host: str, operation: Operation, owner: str,
        columns: dict[str, Any], after: Sequence[str | None] = (),
    ) -> None:
        self._store(host).progress(operation, owner, columns, after)

    def host_settle(
        self, context: RequestContext, host: str, operation: Operation, owner: str,
        outcome: Outcome,
    ) -> bool:
        return self._store(host).settle(operation, owner, outcome)

    def host_hand_back(
        self, context: RequestContext, host: str, operation: Operation, owner: str,
        outcome: Outcome,
    ) -> None:
        """The host's part is over and recorded; go on with what follows."""
        cell_uuid, store = self._store_of(host)
        store.hand_back(operation, owner, outcome)
        self._runner.submit(context, cell_uuid, operation.id)

    def host_instances(self, context: RequestContext, host: str) -> list[Instance]:
        return self._store(host).instances(host)

    def host_gone(
        self, context: RequestContext, host: str, instance_uuids: list[str]
    ) -> list[str]:
        return gone(self._stores, instance_uuids)

    def host_outlived(
        self, context: RequestContext, host: str, instance_uuids: list[str], building: bool
    ) -> list[str]:
        cell_uuid, store = self._store_of(host)
        since = store.service(host).created_at
        return outlived(self._stores, cell_uuid, host, since, instance_uuids, building)

    def host_update_instance(
        self, context: RequestContext, host: str, uuid: str, changes: dict[str, Any],
        expected: dict[str, Any] | None,
    ) -> None:
        self._store(host).update_instance(uuid, changes, expected)

    def _store(self, host: str) -> HostStore:
        return self._store_of(host)[1]
