"""The place for disks that [libvirt]images_type names."""

from dataclasses import dataclass

from oslo_config import cfg

from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.virt.contract.images import ImageSource
from nova.virt.libvirt.storage.backend import DiskBackend
from nova.virt.libvirt.storage.ceph import Cluster
from nova.virt.libvirt.storage.files import Copies, Overlays
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lvm import LogicalVolumes
from nova.virt.libvirt.storage.qemu_img import LUKS, QemuImg
from nova.virt.libvirt.storage.rbd import RbdDisks
from nova.virt.libvirt.storage.rbd_download import FromCluster
from nova.virt.libvirt.storage.rbd_images import NearbyImages
from nova.virt.libvirt.storage.store_copy import StoreCopy
from nova.virt.libvirt.storage.volume_group import VolumeGroup
from nova.virt.libvirt.storage.wipe import Wipe
from nova.virt.libvirt.tools import Tools

FILES = frozenset({"qcow2", "raw"})


@dataclass(frozen=True)
class Ground:
    """What places for disks stand on."""

    conf: cfg.ConfigOpts
    clock: Clock
    images: ImageSource
    layout: Layout
    tools: Tools
    qemu_img: QemuImg


def choose(ground: Ground) -> DiskBackend:
    """Raises ConfigurationFailure for what this driver does not do."""
    kind = kind_of(ground.conf)
    if kind == "lvm":
        return _volumes(ground)
    if kind == "rbd":
        return _rbd(ground)
    preallocate = ground.conf.preallocate_images == "space"
    files = Overlays if kind == "qcow2" else Copies
    return files(ground.layout, ground.qemu_img, preallocate=preallocate)


def kind_of(conf: cfg.ConfigOpts) -> str:
    """qcow2, raw, lvm or rbd."""
    kind: str = conf.libvirt.images_type
    if conf.ephemeral_storage_encryption.enabled:
        raise ConfigurationFailure(
            reason="[ephemeral_storage_encryption]enabled is not supported: encrypt the storage "
            "below the disks of guests instead"
        )
    if kind == "ploop":
        raise ConfigurationFailure(reason="[libvirt]images_type ploop is not supported")
    if kind == "default":
        return "qcow2" if conf.use_cow_images else "raw"
    return "raw" if kind == "flat" else kind


def disk_encryption(conf: cfg.ConfigOpts) -> frozenset[str]:
    """The formats in which local disks can be encrypted there: only files can be."""
    return frozenset({LUKS}) if kind_of(conf) in FILES else frozenset()


def source_of(conf: cfg.ConfigOpts, images: ImageSource, tools: Tools) -> ImageSource:
    """Where images are read from: the image service, or the cluster below it."""
    options = conf.glance
    if not options.enable_rbd_download:
        return images
    cluster = Cluster(
        tools, conf=options.rbd_ceph_conf, user=options.rbd_user, secret_uuid=None,
        timeout=options.rbd_connect_timeout,
    )  # fmt: skip
    return FromCluster(images, cluster, options.rbd_pool)


def _volumes(ground: Ground) -> LogicalVolumes:
    options = ground.conf.libvirt
    if not options.images_volume_group:
        raise ConfigurationFailure(
            reason="[libvirt]images_type lvm needs [libvirt]images_volume_group"
        )
    return LogicalVolumes(
        VolumeGroup(ground.tools, options.images_volume_group),
        ground.qemu_img,
        Wipe(ground.tools, options.volume_clear, options.volume_clear_size),
        sparse=options.sparse_logical_volumes,
    )


def _rbd(ground: Ground) -> RbdDisks:
    options = ground.conf.libvirt
    if not ground.conf.force_raw_images:
        raise ConfigurationFailure(
            reason="[libvirt]images_type rbd needs [DEFAULT]force_raw_images"
        )
    if ground.conf.workarounds.never_download_image_if_on_rbd:
        _refuse_vetting(ground.conf)
    cluster = Cluster(
        ground.tools,
        conf=options.images_rbd_ceph_conf,
        user=options.rbd_user,
        secret_uuid=options.rbd_secret_uuid,
        timeout=options.rbd_connect_timeout,
    )
    nearby = NearbyImages(
        cluster,
        ground.images,
        _copies(ground),
        only_nearby=ground.conf.workarounds.never_download_image_if_on_rbd,
    )
    return RbdDisks(
        cluster,
        options.images_rbd_pool,
        ground.qemu_img,
        nearby,
        ground.clock,
        retries=options.rbd_destroy_volume_retries,
        interval=options.rbd_destroy_volume_retry_interval,
    )


def _refuse_vetting(conf: cfg.ConfigOpts) -> None:
    if conf.glance.verify_glance_signatures:
        raise ConfigurationFailure(
            reason="[glance]verify_glance_signatures needs to read images, which "
            "[workarounds]never_download_image_if_on_rbd forbids"
        )


def _copies(ground: Ground) -> StoreCopy | None:
    options = ground.conf.libvirt
    if not options.images_rbd_glance_store_name:
        return None
    return StoreCopy(
        ground.images,
        ground.clock,
        store=options.images_rbd_glance_store_name,
        interval=options.images_rbd_glance_copy_poll_interval,
        timeout=options.images_rbd_glance_copy_timeout,
    )
