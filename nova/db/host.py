"""What a compute host may keep and ask, straight at its cell's database.

The conductor relays the same calls for hosts that are elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from nova.core.states import Transition
from nova.db.cell import instance_rows, owning, pci_devices, services, waiting
from nova.db.cell.store import SqlCellStore
from nova.objects.host import ComputeNode, HostDevice, Service
from nova.objects.server import Instance, Operation, Outcome
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.errors import OperationLost
from nova.objects.store.page import Page

BINARY = "nova-compute"
PATIENCE = timedelta(seconds=5)


class SqlHostStore:
    """`objects.store.HostStore` over a cell.

    `lease` is how long a claim lasts unrenewed; `patience` how long a message about
    waiting work may be under way before a report tells of it.
    """

    def __init__(
        self, cell: SqlCellStore, lease: timedelta, patience: timedelta = PATIENCE
    ) -> None:
        self._cell = cell
        self._database = cell.database
        self._lease = lease
        self._patience = patience

    def start(
        self, service: Service, nodes: Sequence[ComputeNode], owner: str
    ) -> tuple[Service, list[ComputeNode], list[Instance], list[Operation]]:
        host = service.host
        registered = self._cell.services.register(service)
        saved = [self._cell.nodes.save(node) for node in nodes]
        self._database.write(
            lambda connection: owning.free_earlier(connection, waiting.prefix_of(host), owner)
        )
        opened = self._cell.operations.open_of_host(host)
        return registered, saved, self.instances(host), opened

    def report(self, host: str, owner: str, operation_ids: Sequence[int]) -> list[tuple[int, str]]:
        now = self._database.clock.now()

        def work(connection: Connection) -> list[tuple[int, str]]:
            services.report(connection, host, BINARY, now)
            owning.renew(connection, owner, now, now + self._lease, operation_ids)
            return waiting.for_host(connection, host, now - self._patience)

        return self._database.write(work)

    def service(self, host: str) -> Service:
        (found,) = self._cell.services.find(host=host, binary=BINARY)
        return found

    def report_nodes(self, nodes: Sequence[ComputeNode]) -> None:
        for node in nodes:
            self._cell.nodes.save(node)

    def report_devices(self, node_uuid: str, devices: Sequence[HostDevice]) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: pci_devices.replace(connection, node_uuid, devices, now)
        )

    def claim(
        self, operation_id: int, owner: str, instance: Mapping[str, Any] | None = None
    ) -> tuple[Operation, Instance]:
        """A message that was long under way may come when another host has its turn."""
        now = self._database.clock.now()

        def work(connection: Connection) -> tuple[Operation, Instance] | None:
            lease = now + self._lease
            claimed = owning.claim(connection, operation_id, owner, now, lease, instance)
            target = claimed[0].progress.get("target") if claimed else None
            if target and not owner.startswith(waiting.prefix_of(target)):
                raise OperationLost(operation_id=operation_id, owner=owner)
            return claimed

        return owning.taken(self._database.write(work), operation_id, owner)

    def begin(
        self, operation: Operation, moves: Transition, changes: Mapping[str, Any]
    ) -> Operation:
        return self._cell.operations.begin(operation, moves, changes)

    def progress(
        self, operation: Operation, owner: str, instance: Mapping[str, Any],
        after: Sequence[str | None] = (),
    ) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: owning.show(connection, operation, owner, instance, after, now)
        )

    def settle(self, operation: Operation, owner: str, outcome: Outcome) -> bool:
        now = self._database.clock.now()
        return self._database.write(
            lambda connection: owning.settle(connection, operation.id, owner, outcome, now)
        )

    def hand_back(self, operation: Operation, owner: str, outcome: Outcome) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: owning.hand_back(connection, operation, owner, outcome, now)
        )

    def instances(self, host: str) -> list[Instance]:
        wanted = InstanceFilter(exact={"host": host}, include_hidden=True)
        return self._cell.instances.find(wanted, Page())

    def gone(self, instance_uuids: Sequence[str]) -> list[str]:
        """Needs the API database: the conductor answers this one."""
        raise NotImplementedError

    def outlived(
        self, host: str, instance_uuids: Sequence[str], *, building: bool = True
    ) -> list[str]:
        """As `gone`."""
        raise NotImplementedError

    def update_instance(
        self, uuid: str, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> None:
        now = self._database.clock.now()
        self._database.write(
            lambda connection: instance_rows.change(connection, uuid, changes, now, expected)
        )
