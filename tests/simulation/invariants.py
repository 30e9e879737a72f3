"""What must be true after any run, whatever went wrong in it."""

from typing import Any

from nova.objects.cloud import CELL0_UUID
from nova.objects.store.cell import InstanceFilter
from nova.objects.store.page import Page
from nova.servers.steps.boot_image import SECRET
from tests.simulation.world import World


def check(world: World) -> None:
    servers = servers_of(world)
    _nothing_pending(world, servers)
    _accounted(world, servers)
    _allocations(world, servers)
    _guests(world, servers)
    _ports(world, servers)
    _pictures(world, servers)
    _rescue_disks(world, servers)
    _secrets(world, servers)


def quiet(world: World) -> bool:
    """Whether nothing is under way any more."""
    if world.cloud.stores.api.builds.find():
        return False
    return not any(
        instance.task_state or instance.vm_state == "building" or _open(cell, instance)
        for cell, instance in servers_of(world).values() if not instance.deleted
    )


def _open(cell: Any, instance: Any) -> bool:
    return any(one.finish_time is None for one in cell.operations.of_instance(instance.uuid))


def servers_of(world: World) -> dict[str, Any]:
    found = {}
    for cell in world.cloud.stores.cells():
        for instance in cell.instances.find(InstanceFilter(deleted=None), Page()):
            assert instance.uuid not in found, f"{instance.uuid} is in two cells"
            found[instance.uuid] = (cell, instance)
    return found


def _nothing_pending(world: World, servers: dict[str, Any]) -> None:
    """Each accepted request has ended, in one recorded outcome."""
    assert world.cloud.stores.api.builds.find() == []
    for cell, instance in servers.values():
        for operation in cell.operations.of_instance(instance.uuid):
            assert operation.state in ("done", "failed"), (operation.action, operation.state)
            assert operation.finish_time is not None
        if not instance.deleted:
            assert instance.task_state is None, (instance.uuid, instance.task_state)
            assert instance.vm_state != "building", instance.uuid


def _accounted(world: World, servers: dict[str, Any]) -> None:
    """An accepted server exists, or was deleted; ERROR has a reason."""
    for uuid in world.accepted:
        if uuid not in servers:
            mapping = world.cloud.stores.api.mappings.get(uuid)
            assert mapping.queued_for_delete, f"{uuid} was accepted and is nowhere"
    for cell, instance in servers.values():
        if instance.vm_state == "error" and not instance.deleted and not _said_so(cell, instance):
            full = cell.instances.get(instance.uuid)
            assert full.fault is not None, f"{instance.uuid} is in error without a reason"


def _said_so(cell: Any, instance: Any) -> bool:
    """Whether an administrator said at last what state it is in."""
    operations = cell.operations.of_instance(instance.uuid)
    return any(one.kind == "os-resetState" and one.state == "done" for one in operations)


def _living(servers: dict[str, Any]) -> dict[str, Any]:
    return {
        uuid: instance for uuid, (cell, instance) in servers.items()
        if not instance.deleted and cell.uuid != CELL0_UUID and instance.host
    }


def _allocations(world: World, servers: dict[str, Any]) -> None:
    held = {c for c, a in world.cloud.placement_state.consumers.items() if a.resources}
    wanted = set(_living(servers))
    assert held == wanted, {"leaked": held - wanted, "missing": wanted - held}


def _guests(world: World, servers: dict[str, Any]) -> None:
    living = _living(servers)
    for host, hypervisor in world.cloud.hypervisors.items():
        for guest in hypervisor.all():
            uuid = guest.uuid
            assert uuid in living, f"guest {uuid} on {host} has no server"
            assert living[uuid].host == host, f"guest {uuid} is on {host}"
    guests = {g.uuid for h in world.cloud.hypervisors.values() for g in h.all()}
    active = {uuid for uuid, one in living.items()
              if one.vm_state == "active" and not _said_so(servers[uuid][0], one)}
    assert active <= guests, f"servers without a guest: {active - guests}"


def _pictures(world: World, servers: dict[str, Any]) -> None:
    """Images of servers are whole, and there is one for each that was made."""
    living = _living(servers)
    found: dict[str, list[str]] = {uuid: [] for uuid in living}
    for image in world.cloud.image_state.images.values():
        uuid = image.properties.get("instance_uuid", "")
        if uuid in living:
            assert image.status == "active", f"image {image.id} of {uuid} is {image.status}"
            found[uuid].append(image.properties["image_type"])
    for uuid, (cell, instance) in servers.items():
        if uuid in living:
            made = [one for one in cell.operations.of_instance(instance.uuid)
                    if one.kind == "createImage" and one.state == "done"]  # fmt: skip
            assert found[uuid].count("snapshot") == len(made), f"images of {uuid} leaked"
            assert found[uuid].count("backup") <= 1, f"backups of {uuid} leaked"
    for host, hypervisor in world.cloud.hypervisors.items():
        halves = hypervisor.half_pictures
        assert not halves, f"{host} has half a picture of {halves}"


def _ports(world: World, servers: dict[str, Any]) -> None:
    living = set(_living(servers))
    for port in world.cloud.network_state.ports.values():
        assert port.device_id in living, f"port {port.id} is left over from {port.device_id}"
    for uuid in living:
        bound = {one.id for one in world.cloud.network_state.ports.values()
                 if one.device_id == uuid}
        known = {one["id"] for one in servers[uuid][0].instances.get(uuid).network_info}
        assert known == bound, f"ports of {uuid}: {known} are known, {bound} are there"


def _rescue_disks(world: World, servers: dict[str, Any]) -> None:
    """Only servers in rescue have one, unless nobody knows what is the matter with them."""
    for hypervisor in world.cloud.hypervisors.values():
        for guest in hypervisor.all():
            cell, instance = servers[guest.uuid]
            if instance.vm_state == "error" or _said_so(cell, instance):
                continue
            rescued = instance.vm_state == "rescued"
            assert rescued == (guest.rescue_image is not None), (guest.uuid, instance.vm_state)


def _secrets(world: World, servers: dict[str, Any]) -> None:
    """The key service keeps what disks of servers, and images, are encrypted with."""
    wanted = {image.properties[SECRET] for image in world.cloud.image_state.images.values()
              if SECRET in image.properties}
    for uuid, (cell, instance) in servers.items():
        if not instance.deleted:
            devices = cell.instances.get(uuid).block_devices
            wanted |= {one.encryption_secret_uuid for one in devices} - {None}
    kept = set(world.cloud.keys.passphrases)
    assert kept == wanted, {"leaked": kept - wanted, "missing": wanted - kept}
