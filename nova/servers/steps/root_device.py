"""The name under which a guest finds its root disk."""

from typing import Any

from nova.core.workflow import Run


def root_device_columns(run: Run[Any]) -> dict[str, Any]:
    """Columns of the instance to set when its guest is made: the first disk is the root,
    unless the image named another one."""
    addresses = run.seams.driver.addresses
    if run.instance.root_device_name or addresses is None:
        return {}
    disks = [one.key for one in addresses.of(run.instance.uuid) if one.kind == "disk"]
    return {"root_device_name": f"/dev/{disks[0]}"} if disks and disks[0] else {}
