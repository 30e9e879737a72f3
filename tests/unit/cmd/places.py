"""Hosts and servers that commands find."""

from nova.clients.placement.contract import Inventory
from nova.clients.placement.memory import PlacementMemory
from nova.context import admin_context
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import HostMapping, InstanceMapping
from tests import records

CONTEXT = admin_context()


def add_host(
    cell: SqlCellStore, api: SqlApiStore, cell1: str, placement: PlacementMemory, host: str
) -> str:
    made = records.compute_node(host)
    cell.nodes.save(made)
    api.hosts.add([HostMapping(host=host, cell_uuid=cell1)])
    placement.providers.ensure(CONTEXT, made.uuid, host)
    room = {name: Inventory(10_000) for name in ("VCPU", "MEMORY_MB", "DISK_GB")}
    placement.facts.set_inventories(CONTEXT, made.uuid, room)
    return made.uuid


def a_server(cell: SqlCellStore, api: SqlApiStore, cell_uuid: str, **more: object) -> str:
    values = {"vm_state": "active", "task_state": None, "host": "h1", "node": "h1"}
    made = records.instance(**{**values, **more})
    cell.operations.create(made, records.operation(made.uuid))
    api.mappings.add([InstanceMapping(
        instance_uuid=made.uuid, cell_uuid=cell_uuid, project_id="p", user_id="u",
        queued_for_delete=False)])  # fmt: skip
    return made.uuid
