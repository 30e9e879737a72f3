"""The tree of EC2: plain text leaves, by version."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nova.objects.server import BlockDevice, Instance
from nova.servers.steps.metadata.subject import Subject
from nova.servers.steps.metadata.user_data import user_data

NAME = "_name"
"""A key that is not shown: how the object is called in the list it is in."""

_FIRST = "1.0"
_Leaf = Callable[[Subject], Any]


def tree(subject: Subject, version: str) -> dict[str, Any]:
    """{meta-data: {...}, user-data: bytes} as `version` has them."""
    found = {
        name: value
        for since, name, leaf in _LEAVES
        if _reached(since, version) and (value := leaf(subject)) is not None
    }
    content = user_data(subject.instance)
    shown = {"meta-data": found}
    return shown if content is None else {**shown, "user-data": content}


def _reached(since: str, version: str) -> bool:
    """1.0 is older than all dates, and less than them as a text."""
    return since <= version


def _public_keys(subject: Subject) -> Any:
    instance = subject.instance
    if not instance.key_name:
        return None
    return {"0": {NAME: f"0={instance.key_name}", "openssh-key": instance.key_data}}


def image_id(kind: str, image: str | None) -> str | None:
    """EC2 knows short numbers where we have UUIDs: the beginning of one."""
    digits = re.sub("[^0-9a-f]", "", (image or "").lower())[:8]
    return f"{kind}-{digits:0>8}" if digits else None


def instance_id(instance: Instance) -> str:
    return f"i-{instance.id:08x}"


def mappings(instance: Instance) -> dict[str, str]:
    """Devices by what they are for."""
    root = instance.root_device_name
    if not root:
        return {"ami": "sda1", "root": "/dev/sda1"}
    found = {"ami": root.removeprefix("/dev/"), "root": root}
    if instance.default_ephemeral_device:
        found["ephemeral0"] = instance.default_ephemeral_device
    if instance.default_swap_device:
        found["swap"] = instance.default_swap_device
    return found | dict(_others(instance.block_devices))


def _others(devices: list[BlockDevice]) -> Iterator[tuple[str, str]]:
    volumes = sorted(d.device_name or "" for d in devices if d.destination_type == "volume")
    yield from ((f"ebs{number}", name) for number, name in enumerate(volumes))
    blank = [d for d in devices if d.source_type == "blank" and d.destination_type != "volume"]
    ephemerals = [d for d in blank if d.guest_format != "swap"]
    for number, device in enumerate(ephemerals):
        if device.device_name:
            yield f"ephemeral{number}", device.device_name
    for device in blank:
        if device.guest_format == "swap" and device.device_name:
            yield "swap", device.device_name


def _placement(subject: Subject) -> Mapping[str, Any]:
    return {"availability-zone": subject.instance.availability_zone}


# (since, key, what is there; None: no such key)
_LEAVES: tuple[tuple[str, str, _Leaf], ...] = (
    (_FIRST, "ami-id", lambda s: image_id("ami", s.instance.image_ref) or "ami-00000000"),
    (_FIRST, "ami-launch-index", lambda s: s.instance.launch_index or 0),
    (_FIRST, "ami-manifest-path", lambda s: "FIXME"),
    (_FIRST, "instance-id", lambda s: instance_id(s.instance)),
    (_FIRST, "hostname", lambda s: s.hostname),
    (_FIRST, "local-ipv4", lambda s: s.address(4)),
    (_FIRST, "reservation-id", lambda s: s.instance.reservation_id or ""),
    (_FIRST, "security-groups", lambda s: list(s.security_groups)),
    (_FIRST, "public-keys", _public_keys),
    ("2007-01-19", "local-hostname", lambda s: s.hostname),
    ("2007-01-19", "public-hostname", lambda s: s.hostname),
    ("2007-01-19", "public-ipv4", lambda s: s.floating_address),
    ("2007-08-29", "instance-type", lambda s: s.instance.flavor.name),
    ("2007-12-15", "block-device-mapping", lambda s: mappings(s.instance)),
    ("2007-12-15", "kernel-id", lambda s: image_id("aki", s.instance.kernel_id)),
    ("2007-12-15", "ramdisk-id", lambda s: image_id("ari", s.instance.ramdisk_id)),
    ("2008-02-01", "placement", _placement),
    ("2008-09-01", "instance-action", lambda s: "none"),
)
