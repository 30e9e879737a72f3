"""Many servers, without making them: written by the real stores, as a create writes them."""

import copy

from nova.conf import load
from nova.core.clock import RealClock
from nova.db.configured import open_stores
from nova.objects.cloud import CELL0_UUID
from nova.objects.server import BlockDevice, Instance, Operation
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import WHOLE
from tools.stack.customer import Customer
from tools.stack.ground import Ground


def fill(running: Ground, customer: Customer, count: int) -> None:
    """Copies of one server that was really made, so that they are as rich as any."""
    uuid = customer.boot("listed")
    customer.until(lambda servers: servers[uuid]["status"] == "ACTIVE", 60)
    stores = open_stores(
        load("nova", ["--config-file", str(running.stack.places.state / "nova.conf")]),
        RealClock(),
    )
    cell = next(one for one in stores.cells() if one.uuid != CELL0_UUID)
    model = cell.instances.find(InstanceFilter(uuids=[uuid]), WHOLE)[0]
    operation = cell.operations.of_instance(uuid)[-1]
    known = stores.api.mappings.get(uuid)
    spec = stores.api.specs.get(uuid)
    for number in range(1, count):
        instance, creation = _copy(model, operation, number)
        cell.operations.create(instance, creation, [_disk(d, instance) for d in
                                                    model.block_devices or ()])
        mapping = copy.copy(known)
        mapping.instance_uuid = instance.uuid
        stores.api.mappings.add([mapping])
        twin = copy.copy(spec)
        twin.instance_uuid = instance.uuid
        stores.api.specs.save(twin)
    stores.close()


def _copy(model: Instance, operation: Operation, number: int) -> tuple[Instance, Operation]:
    uuid = f"{number:08x}{model.uuid[8:]}"
    instance = Instance.obj_from_primitive(model.obj_to_primitive())
    instance.uuid, instance.display_name = uuid, f"listed-{number}"
    creation = Operation.obj_from_primitive(operation.obj_to_primitive())
    creation.instance_uuid, creation.request_id = uuid, f"req-{uuid}"
    return instance, creation


def _disk(device: BlockDevice, instance: Instance) -> BlockDevice:
    twin = BlockDevice.obj_from_primitive(device.obj_to_primitive())
    twin.uuid, twin.instance_uuid = instance.uuid, instance.uuid
    return twin
