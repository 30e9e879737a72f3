"""The block devices of a new server.

Here are the local ones: the root disk from its image, ephemeral disks and swap.
"""

import uuid as uuids
from typing import Any

from oslo_utils import strutils

from nova.core.call import Call
from nova.core.policy import ADMIN, MEMBER, Policy
from nova.errors import Refused
from nova.objects.flavor import Flavor
from nova.objects.server import BlockDevice
from nova.seams import ApiSeams

ATTACH_VOLUME = Policy("servers:create:attach_volume", MEMBER, "Create a server with volumes")
ZERO_DISK = Policy(
    "servers:create:zero_disk_flavor", ADMIN,
    "Create a server from an image with a flavor that has no disk",
)
BOTH_STYLES = (
    "Using different block_device_mapping syntaxes is not allowed in the same request."
)
BAD_ORDER = (
    "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device "
    "mapping combination is not valid."
)
MISSING_SOURCE = "Block Device Mapping is Invalid: failed to get {kind} {id}."
ZERO_DISK_REFUSED = "Only volume-backed servers are allowed for flavors with zero disk."
TOO_MANY_LOCAL = (
    "Block Device Mapping is Invalid: You specified more local devices than the limit allows"
)
TOO_MUCH_SWAP = (
    "Block Device Mapping is Invalid: Swap drive requested is larger than instance type allows."
)
MANY_SWAPS = "Block Device Mapping is Invalid: More than one swap drive requested."
TOO_BIG = "Block Device Mapping is Invalid: Ephemeral disks requested are larger than allowed."


def block_devices(
    call: Call[ApiSeams], server: dict[str, Any], image_id: str, flavor: Flavor
) -> list[BlockDevice]:
    """All devices of one server, checked; without owner and id."""
    old, new = server.get("block_device_mapping"), server.get("block_device_mapping_v2")
    if old and new:
        raise Refused(code=400, message=BOTH_STYLES)
    if old or new:
        call.enforce(ATTACH_VOLUME)
    for wish in old or ():
        raise Refused(code=400, message=_no_source("volume", wish.get("volume_id")))
    wished = [_wished(wish) for wish in new or ()]
    _refuse_bad_order(wished, image_id)
    roots = [d for d in wished if d.boot_index == 0] or [_root(image_id)]
    if not flavor.root_gb and not call.allows(ZERO_DISK):
        raise Refused(code=403, message=ZERO_DISK_REFUSED)
    rest = [d for d in wished if d.boot_index != 0]
    _refuse_excess(call, rest, flavor)
    return roots + rest + _from_flavor(rest, flavor)


def _no_source(kind: str, identity: str | None) -> str:
    return MISSING_SOURCE.format(kind=kind, id=identity)


def _wished(wish: dict[str, Any]) -> BlockDevice:
    source, target = wish.get("source_type"), wish.get("destination_type")
    if source in ("volume", "snapshot") or target == "volume":
        kind = source if source in ("volume", "snapshot") else "volume"
        identity = wish.get("uuid") or wish.get(f"{kind}_id")
        raise Refused(code=400, message=_no_source(kind, identity))
    boot_index = wish.get("boot_index")
    return _device(
        source_type=source or "blank",
        guest_format=wish.get("guest_format"),
        device_type=wish.get("device_type"),
        disk_bus=wish.get("disk_bus"),
        boot_index=None if boot_index is None else int(boot_index),
        device_name=wish.get("device_name"),
        delete_on_termination=strutils.bool_from_string(
            wish.get("delete_on_termination", source != "volume")
        ),
        volume_size=None if wish.get("volume_size") is None else int(wish["volume_size"]),
        image_id=wish.get("uuid") if source == "image" else None,
        tag=wish.get("tag"),
    )


def _device(**given: Any) -> BlockDevice:
    empty: dict[str, Any] = dict.fromkeys(BlockDevice.fields)
    empty |= {"destination_type": "local", "encrypted": False, "no_device": False}
    empty |= {"delete_on_termination": True, "uuid": str(uuids.uuid4())} | given
    for mine in ("id", "instance_uuid"):
        empty.pop(mine)
    return BlockDevice.hydrate(empty)


def _root(image_id: str) -> BlockDevice:
    return _device(source_type="image", device_type="disk", boot_index=0, image_id=image_id)


def _refuse_bad_order(wished: list[BlockDevice], image_id: str) -> None:
    """At most one root; it is the image; the others count up from 1."""
    order = sorted(d.boot_index for d in wished if (d.boot_index or 0) >= 0 and
                   d.boot_index is not None)
    if order != list(range(order[0], order[0] + len(order))) if order else False:
        raise Refused(code=400, message=BAD_ORDER)
    if order and order[0] > 1:
        raise Refused(code=400, message=BAD_ORDER)
    root = [d for d in wished if d.boot_index == 0]
    if root and (root[0].source_type != "image" or root[0].image_id != image_id):
        raise Refused(code=400, message=BAD_ORDER)


def _refuse_excess(call: Call[ApiSeams], rest: list[BlockDevice], flavor: Flavor) -> None:
    limit = call.seams.conf.max_local_block_devices
    if 0 <= limit < len(rest) + 1:
        raise Refused(code=400, message=TOO_MANY_LOCAL)
    ephemeral = sum(d.volume_size or 0 for d in rest if d.guest_format != "swap")
    if ephemeral > flavor.ephemeral_gb:
        raise Refused(code=400, message=TOO_BIG)
    swaps = [d for d in rest if d.guest_format == "swap"]
    if len(swaps) > 1:
        raise Refused(code=400, message=MANY_SWAPS)
    # In MiB, as the flavor has it.
    if sum(d.volume_size or 0 for d in swaps) > flavor.swap:
        raise Refused(code=400, message=TOO_MUCH_SWAP)


def _from_flavor(rest: list[BlockDevice], flavor: Flavor) -> list[BlockDevice]:
    """What the flavor brings unless the user cut it up."""
    made = []
    if flavor.ephemeral_gb and not any(d.guest_format != "swap" for d in rest):
        made.append(_device(source_type="blank", device_type="disk", boot_index=-1,
                            volume_size=flavor.ephemeral_gb))
    if flavor.swap and not any(d.guest_format == "swap" for d in rest):
        made.append(_device(source_type="blank", device_type="disk", boot_index=-1,
                            guest_format="swap", volume_size=flavor.swap))
    return made
