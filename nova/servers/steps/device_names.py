"""The names under which a guest finds the disks that its host made for it."""

from collections.abc import Collection, Mapping, Sequence

from nova.objects.server import BlockDevice
from nova.virt.contract import DeviceAddress


def names(devices: Sequence[BlockDevice], addresses: Sequence[DeviceAddress]) -> Mapping[str, str]:
    """{uuid of the device: its name}, "" of one that is not known.

    What has no name of its own, or one that its guest does not know, takes its turn among
    the guest's disks: the root, then ephemeral disks, then swap, which is how hypervisors
    are told of them.
    """
    here = {one.key for one in addresses if one.kind == "disk"}
    found = {device.uuid: _own(device, here) for device in devices}
    taken = {name.removeprefix("/dev/") for name in found.values()}
    free = [one.key for one in addresses if one.kind == "disk" and one.key not in taken]
    nameless = sorted((one for one in devices if not found[one.uuid]), key=_turn)
    return found | {
        device.uuid: f"/dev/{key}" for device, key in zip(nameless, free, strict=False)
    }


def usual_names(
    devices: Sequence[BlockDevice], addresses: Sequence[DeviceAddress]
) -> Mapping[str, str]:
    """Columns of the instance that name its first ephemeral disk and its swap, if any."""
    named = names(devices, addresses)
    columns = {1: "default_ephemeral_device", 2: "default_swap_device"}
    local = [one for one in devices if one.destination_type != "volume"]
    return {
        columns[_turn(device)]: named[device.uuid]
        for device in reversed(local)
        if _turn(device) in columns and named[device.uuid]
    }


def _own(device: BlockDevice, here: Collection[str]) -> str:
    """What users wish for local disks need not be what hypervisors make of it."""
    name = device.device_name or ""
    known = not here or device.destination_type == "volume" or name.removeprefix("/dev/") in here
    return name if known else ""


def _turn(device: BlockDevice) -> int:
    if device.boot_index == 0:
        return 0
    return 2 if device.guest_format == "swap" else 1
