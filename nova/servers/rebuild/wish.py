"""What a rebuild request asks for, found and checked; nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oslo_utils import strutils

from nova.core.call import Call
from nova.core.formats import shortest_address
from nova.errors import Invalid, Refused
from nova.microversions import REIMAGE_VOLUME
from nova.objects.server import Instance
from nova.resources.quotas.limits import limits_of
from nova.seams import ApiSeams
from nova.servers.steps.boot_image import BootImage, boot_image
from nova.servers.steps.files import refuse_files
from nova.servers.steps.guest_spec import IMAGE, image_properties
from nova.servers.steps.image_properties import ENCRYPTED, is_true
from nova.servers.steps.requested import keypair_of, new_password, refuse_metadata
from nova.servers.steps.root_disk import volume_backed
from nova.servers.steps.trusted import trusted_certificates
from nova.virt.topology.guest import guest_numa

UNKNOWN = "Cannot find image for rebuild"
OTHER_IMAGE = (
    "Image {id} is unacceptable: Unable to rebuild with a different image for a volume-backed "
    "server."
)
NOT_OF_VOLUMES = "Image certificate validation is not supported for volume-backed servers."
# Key of the request: column.
PLAIN = {
    "accessIPv4": "access_ip_v4",
    "accessIPv6": "access_ip_v6",
    "description": "display_description",
    "hostname": "hostname",
    "user_data": "user_data",
}
CERTIFICATES = "trusted_image_certificates"
MACHINE = f"{IMAGE}hw_machine_type"
ADDRESSES = frozenset({"access_ip_v4", "access_ip_v6"})
# Columns that say what the image says.
OF_IMAGE = (
    "image_ref", "kernel_id", "ramdisk_id", "os_type", "architecture", "vm_mode",
    "auto_disk_config",
)  # fmt: skip


class NumaChanged(Invalid):
    template = (
        "An instance's NUMA topology cannot be changed as part of a rebuild. The image provided "
        "is invalid for this instance."
    )


class PreservedInPlain(Invalid):
    template = (
        "The image provided asks for encrypted disks, and ephemeral disks that are preserved "
        "would stay plain."
    )


@dataclass(frozen=True)
class Wish:
    """`columns` change in the record at once; `former` are those to put back when no
    host is found; `files` are {path, contents}."""

    image: BootImage
    changed: bool
    password: str
    preserve_ephemeral: bool
    files: list[dict[str, str]] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    former: dict[str, Any] = field(default_factory=dict)

    def progress(self, instance: Instance) -> dict[str, Any]:
        """What the workflow remembers."""
        return {
            "image": self.image.facts,
            "spec_image": self.image.for_scheduler if self.changed else None,
            "former": self.former if self.changed else {},
            "admin_password": self.password,
            "personality": self.files,
            "preserve_ephemeral": self.preserve_ephemeral,
        }


def wish_of(call: Call[ApiSeams], instance: Instance) -> Wish:
    """Refuses with 400 or 403, in the contract's order of looking."""
    asked = call.body["rebuild"]
    limits = limits_of(call)
    refuse_metadata(limits, asked.get("metadata") or {})
    refuse_files(limits, asked.get("personality") or [])
    changed = asked["imageRef"] != instance.image_ref
    if changed and volume_backed(instance) and not call.has(REIMAGE_VOLUME):
        raise Refused(code=400, message=OTHER_IMAGE.format(id=asked["imageRef"]))
    if asked.get(CERTIFICATES) and volume_backed(instance):
        raise Refused(code=400, message=NOT_OF_VOLUMES)
    image = boot_image(call, asked["imageRef"], instance.flavor, UNKNOWN)
    _refuse_other_numa(instance, image)
    preserve = strutils.bool_from_string(asked.get("preserve_ephemeral", False))
    _refuse_plain_rest(instance, image, preserve)
    new = _of_image(image, instance, asked)
    return Wish(
        image=image,
        changed=changed,
        password=asked.get("adminPass") or new_password(call.seams.conf),
        preserve_ephemeral=preserve,
        files=asked.get("personality") or [],
        columns={"progress": 0, **new, **_asked_columns(call, instance, asked)},
        former={
            **{name: getattr(instance, name) for name in OF_IMAGE},
            "system_metadata": _exchanged(image.system_metadata, instance.system_metadata),
        },
    )


def _of_image(image: BootImage, instance: Instance, asked: Mapping[str, Any]) -> dict[str, Any]:
    properties = image.properties
    return {
        "image_ref": image.id,
        "kernel_id": properties.get("kernel_id", ""),
        "ramdisk_id": properties.get("ramdisk_id", ""),
        "os_type": properties.get("os_type"),
        "architecture": properties.get("hw_architecture"),
        "vm_mode": properties.get("hw_vm_mode"),
        "auto_disk_config": image.auto_disk_config(asked.get("OS-DCF:diskConfig")),
        "system_metadata": _exchanged(_worn(image, instance), image.system_metadata),
    }


def _worn(image: BootImage, instance: Instance) -> Mapping[str, str]:
    """What is known of the old image and may go.  From the same image the server keeps the
    machine it has, whatever is usual by now."""
    same = image.id == instance.image_ref
    return {
        key: value
        for key, value in instance.system_metadata.items()
        if not (same and key == MACHINE)
    }


def _exchanged(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str | None]:
    """What of the image is kept with the record: the new in place of the old."""
    gone = dict.fromkeys(key for key in old if key.startswith(IMAGE))
    return {**gone, **{key: value for key, value in new.items() if key.startswith(IMAGE)}}


def _asked_columns(
    call: Call[ApiSeams], instance: Instance, asked: Mapping[str, Any]
) -> dict[str, Any]:
    columns = {column: asked[key] for key, column in PLAIN.items() if key in asked}
    columns |= {name: shortest_address(columns[name]) for name in ADDRESSES & set(columns)}
    if "name" in asked:
        columns["display_name"] = asked["name"].strip()
    if "metadata" in asked:
        columns["metadata"] = dict.fromkeys(instance.metadata) | asked["metadata"]
    if CERTIFICATES in asked:
        columns["trusted_certs"] = trusted_certificates(call.seams.conf, asked[CERTIFICATES])
    if "key_name" in asked:
        columns |= _key_columns(call, asked["key_name"])
    return columns


def _key_columns(call: Call[ApiSeams], name: str | None) -> dict[str, Any]:
    """The key is the caller's, whoever made the server."""
    keypair = keypair_of(call, name)
    if keypair is None:
        return {"key_name": None, "key_data": None, "keypairs": []}
    return {
        "key_name": keypair.name,
        "key_data": keypair.public_key,
        "keypairs": [keypair.obj_to_primitive()],
    }


def _refuse_plain_rest(instance: Instance, image: BootImage, preserve: bool) -> None:
    wanted = is_true(image.present.get(ENCRYPTED))
    kept = [one for one in instance.block_devices if one.boot_index != 0]
    if preserve and wanted and any(not one.encrypted for one in kept):
        raise PreservedInPlain()


def _refuse_other_numa(instance: Instance, image: BootImage) -> None:
    """The host's memory and processors are given to the server as it is laid out now."""
    flavor = instance.flavor

    def layout(properties: Mapping[str, Any]) -> Any:
        return guest_numa(flavor.extra_specs, properties, flavor.vcpus, flavor.memory_mb)

    if layout(image_properties(instance)) != layout(image.present):
        raise NumaChanged()
