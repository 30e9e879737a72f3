"""From our record of a server to the guest that a hypervisor is told to run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from oslo_config import cfg

from nova.clients.network.contract import Vif, vifs_from_json
from nova.context import RequestContext
from nova.objects.guest_name import guest_name as named_by
from nova.objects.server import BlockDevice, Instance
from nova.servers.steps.image_properties import present
from nova.virt.contract import (
    BlankDisk,
    ConfigDrive,
    DiskEncryption,
    FlavorInfo,
    GuestSpec,
    ImageRef,
    Nic,
    Owner,
    RootDisk,
    Swap,
)
from nova.virt.contract.numa import GuestNuma
from nova.virt.contract.trust import Trust
from nova.virt.mdev.kept import mdevs_from
from nova.virt.pci.wishes import wishes_from_json
from nova.virt.topology.kept import guest_from_json

IMAGE = "image_"
SAVED = "guest_"
# What of the image's facts is kept beside its properties, under the same prefix.
IMAGE_FACTS = ("base_image_ref", "min_disk", "min_ram", "disk_format", "container_format")


def image_properties(instance: Instance) -> dict[str, str]:
    """The properties of the image that the server was made of, as text, under their
    present names."""
    return present({
        key.removeprefix(IMAGE): value
        for key, value in instance.system_metadata.items()
        if key.startswith(IMAGE) and key.removeprefix(IMAGE) not in IMAGE_FACTS
    })


def saved_facts(instance: Instance) -> dict[str, str]:
    """What a driver asked to be kept with the guest."""
    return {
        key.removeprefix(SAVED): value
        for key, value in instance.system_metadata.items()
        if key.startswith(SAVED)
    }


def as_saved(facts: Mapping[str, str]) -> dict[str, str]:
    """What is named as of the image ("image_hw_machine_type") stands beside what the image
    itself says."""
    return {key if key.startswith(IMAGE) else SAVED + key: value for key, value in facts.items()}


def image_ref(facts: Mapping[str, Any]) -> ImageRef | None:
    """The image as steps/boot_image.py tells its facts; None: from a volume."""
    if not facts.get("id"):
        return None
    return ImageRef(
        image_id=facts["id"],
        disk_format=facts.get("disk_format") or "raw",
        container_format=facts.get("container_format") or "bare",
        size=facts.get("size"),
        min_disk_gb=int(facts.get("min_disk") or 0),
        checksum=facts.get("checksum"),
        hash_algorithm=facts.get("hash_algorithm"),
        hash_value=facts.get("hash_value"),
    )


def known_image(instance: Instance) -> ImageRef | None:
    """What the record alone knows of the image."""
    if not instance.image_ref:
        return None
    known = instance.system_metadata
    return image_ref({
        "id": instance.image_ref,
        "disk_format": known.get(IMAGE + "disk_format"),
        "container_format": known.get(IMAGE + "container_format"),
        "min_disk": known.get(IMAGE + "min_disk"),
    })


def guest_spec(
    conf: cfg.ConfigOpts,
    instance: Instance,
    *,
    image: ImageRef | None = None,
    config_drive: ConfigDrive | None = None,
    context: RequestContext | None = None,
) -> GuestSpec:
    """The whole guest.  `config_drive` None keeps the drive the guest has, if any; `context`
    is who asks for what has to be fetched."""
    flavor = instance.flavor
    drive = config_drive or (ConfigDrive(None) if instance.config_drive else None)
    return GuestSpec(
        uuid=instance.uuid,
        name=guest_name(conf, instance),
        vcpus=instance.vcpus or flavor.vcpus,
        memory_mb=instance.memory_mb or flavor.memory_mb,
        root=_root(image or known_image(instance), instance),
        display_name=instance.display_name or "",
        hostname=instance.hostname or "",
        created_at=instance.created_at,
        owner=_owner(instance),
        flavor=FlavorInfo(flavor.name, flavor.flavorid, dict(flavor.extra_specs)),
        image_properties=image_properties(instance),
        os_type=instance.os_type,
        node=instance.node,
        metadata=dict(instance.metadata),
        ephemerals=_ephemerals(instance),
        swap=_swap(instance),
        nics=tuple(_nic(vif) for vif in vifs_from_json(instance.network_info)),
        config_drive=drive,
        saved=saved_facts(instance),
        numa=_placed(instance),
        devices=tuple(d for w in wishes_from_json(instance.pci_requests) for d in w.devices),
        mdevs=mdevs_from(instance.system_metadata),
        trust=Trust(tuple(instance.trusted_certs or ()), context),
    )


def guest_name(conf: cfg.ConfigOpts, instance: Instance) -> str:
    return named_by(conf.instance_name_template, instance)


def _root(image: ImageRef | None, instance: Instance) -> RootDisk:
    wished = next((one for one in instance.block_devices if one.boot_index == 0), None)
    return RootDisk(
        _with_kernel(image, instance),
        instance.root_gb or 0,
        bus=wished.disk_bus if wished else None,
        device=instance.root_device_name,
        device_type=wished.device_type if wished else None,
        encryption=_encryption(wished),
    )


def _with_kernel(image: ImageRef | None, instance: Instance) -> ImageRef | None:
    """Images of old times come with a kernel of their own."""
    if image is None or not instance.kernel_id:
        return image
    return replace(image, kernel_id=instance.kernel_id, ramdisk_id=instance.ramdisk_id or None)


def _placed(instance: Instance) -> GuestNuma | None:
    found = guest_from_json(instance.numa_topology)
    return found if found is not None and found.placed else None


def _owner(instance: Instance) -> Owner:
    known = instance.system_metadata
    user, project = instance.user_id or "", instance.project_id or ""
    return Owner(
        user, known.get("owner_user_name", user), project, known.get("owner_project_name", project)
    )


def _ephemerals(instance: Instance) -> tuple[BlankDisk, ...]:
    wished = [d for d in instance.block_devices if _is_ephemeral(d)]
    if wished:
        return tuple(
            BlankDisk(
                d.volume_size or instance.ephemeral_gb or 0, d.guest_format, d.disk_bus,
                d.device_name, d.device_type, _encryption(d),
            )
            for d in wished
        )
    return (BlankDisk(instance.ephemeral_gb),) if instance.ephemeral_gb else ()


def _swap(instance: Instance) -> Swap | None:
    wished = next((d for d in instance.block_devices if d.guest_format == "swap"), None)
    size = (wished and wished.volume_size) or instance.flavor.swap
    if not size:
        return None
    if wished is None:
        return Swap(size)
    return Swap(size, wished.disk_bus, wished.device_name, _encryption(wished))


def _encryption(device: BlockDevice | None) -> DiskEncryption | None:
    """Without the passphrase: see steps/disk_secrets.py."""
    if device is None or not device.known("encryption_secret_uuid"):
        return None
    secret = device.encryption_secret_uuid
    return DiskEncryption(secret, device.encryption_format or "luks") if secret else None


def _is_ephemeral(device: Any) -> bool:
    return bool(
        device.source_type == "blank"
        and device.destination_type == "local"
        and device.guest_format != "swap"
    )


def _nic(vif: Vif) -> Nic:
    return Nic(
        port_id=vif.port_id,
        mac=vif.mac,
        vif_type=vif.vif_type,
        vnic_type=vif.vnic_type,
        bridge=vif.network.bridge,
        tap=vif.devname,
        mtu=vif.mtu,
        tag=vif.tag,
        active=vif.active,
        addresses=vif.fixed_ips,
        details=dict(vif.details),
        profile=dict(vif.profile),
    )
