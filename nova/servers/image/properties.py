"""What the image of a server says of itself."""

from collections.abc import Mapping

from oslo_config import cfg

from nova.clients.image.contract import ImageChange, ImageDraft
from nova.context import RequestContext
from nova.objects.server import Instance
from nova.servers.steps.guest_spec import IMAGE, IMAGE_FACTS
from nova.servers.steps.image_properties import SECRET

# Facts of the record that go with the image, beside the properties of its own image.
OF_OWNER = ("owner_user_name", "owner_project_name", "boot_roles")
# Whatever the operator configures: they are true of one image's bytes only.
NEVER_INHERITED = frozenset({
    "cinder_encryption_key_id", "cinder_encryption_key_deletion_policy", "img_signature",
    "img_signature_hash_method", "img_signature_key_type", "img_signature_certificate_uuid",
    SECRET,
})  # fmt: skip
FACTS = frozenset(IMAGE_FACTS) - {"base_image_ref"}
SHARED, PRIVATE = "shared", "private"
BARE = "bare"


def draft_of(
    conf: cfg.ConfigOpts,
    context: RequestContext,
    instance: Instance,
    image_id: str,
    name: str,
    own: Mapping[str, str],
) -> ImageDraft:
    """The image before it has bytes; `own` are properties that win over inherited ones."""
    known = instance.system_metadata
    foreign = context.project_id != instance.project_id
    return ImageDraft(
        id=image_id,
        name=name,
        min_disk=max(int(known.get(f"{IMAGE}min_disk") or 0), instance.root_gb or 0),
        min_ram=int(known.get(f"{IMAGE}min_ram") or 0),
        disk_format=known.get(f"{IMAGE}disk_format") or None,
        container_format=known.get(f"{IMAGE}container_format") or None,
        visibility=SHARED if foreign else PRIVATE,
        properties={
            **_inherited(conf, instance),
            "instance_uuid": instance.uuid,
            "user_id": str(context.user_id),
            **own,
        },
    )


def filled(instance: Instance, disk_format: str) -> ImageChange:
    """What is known of it once there is a picture."""
    known = instance.system_metadata
    told = {
        "kernel_id": instance.kernel_id,
        "ramdisk_id": instance.ramdisk_id,
        "image_location": "snapshot",
        "image_state": "available",
        "owner_id": instance.project_id,
        "os_type": instance.os_type,
    }
    return ImageChange(
        disk_format=disk_format,
        container_format=known.get(f"{IMAGE}container_format") or BARE,
        set={name: value for name, value in told.items() if value},
    )


def _inherited(conf: cfg.ConfigOpts, instance: Instance) -> dict[str, str]:
    known = instance.system_metadata
    own = {key: known[key] for key in OF_OWNER if known.get(key)}
    of_image = {
        key.removeprefix(IMAGE): value for key, value in known.items() if key.startswith(IMAGE)
    }
    dropped = NEVER_INHERITED | FACTS | set(conf.non_inheritable_image_properties)
    return {key: value for key, value in (own | of_image).items() if key not in dropped}
