"""What is kept with a server of the names of its disks."""

from collections.abc import Sequence
from typing import Any

from nova.core.workflow import Run
from nova.objects.server import Instance
from nova.servers.steps.device_names import names, usual_names
from nova.virt.contract import DeviceAddress


def note_disks(run: Run[Any]) -> None:
    """Once its guest is made: under which names that finds its disks."""
    driver, instance = run.seams.driver, run.instance
    if driver.addresses is None:
        return
    addresses = driver.addresses.of(instance.uuid)
    run.change(**_root(instance, addresses), **usual_names(instance.block_devices, addresses))
    found = names(instance.block_devices, addresses)
    new = [one for one in instance.block_devices if found[one.uuid] not in ("", one.device_name)]
    for device in new:
        device.device_name = found[device.uuid]
    if new:
        run.changes["device_names"] = {one.uuid: one.device_name for one in new}


def _root(instance: Instance, addresses: Sequence[DeviceAddress]) -> dict[str, str]:
    """The first disk is the root, unless the image named another one that is there."""
    disks = [f"/dev/{one.key}" for one in addresses if one.kind == "disk" and one.key]
    if not disks or instance.root_device_name in disks:
        return {}
    return {"root_device_name": disks[0]}
