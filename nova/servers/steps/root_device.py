"""What is kept with a server of the names of its disks."""

from typing import Any

from nova.core.workflow import Run
from nova.servers.steps.device_names import usual_names


def root_device_columns(run: Run[Any]) -> dict[str, Any]:
    """Columns of the instance to set when its guest is made: the first disk is the root,
    unless the image named another one."""
    driver, instance = run.seams.driver, run.instance
    if driver.addresses is None:
        return {}
    addresses = driver.addresses.of(instance.uuid)
    disks = [one.key for one in addresses if one.kind == "disk"]
    named = dict(usual_names(instance.block_devices, addresses))
    if not instance.root_device_name and disks and disks[0]:
        named["root_device_name"] = f"/dev/{disks[0]}"
    return named
