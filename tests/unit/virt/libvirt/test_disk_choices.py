"""Where disks go, and how they are cached, as the operator says."""

import contextlib
from dataclasses import replace

import pytest

from nova.core.clock import RealClock
from nova.errors import ConfigurationFailure
from nova.virt.contract import DiskEncryption, RootDisk
from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.libvirt.compose.disk_encryption import refuse_plain_disks
from nova.virt.libvirt.compose.storage import disks
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.choice import Ground, choose, disk_encryption, kind_of
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.files import Copies, Overlays
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lvm import LogicalVolumes
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.rbd import RbdDisks
from nova.virt.libvirt.storage.rbd_images import location_of, snapshot_of
from nova.virt.libvirt.storage.source import CephAccess, DiskSource, rbd_url
from nova.virt.libvirt.tools import Tools
from tests.contracts.virt.subjects import Images
from tests.unit.virt.guests import DIRECTORY, IMAGE, guest, settings, site

LOCK = DiskEncryption("a-secret")


def chosen(conf, tmp_path):
    tools = Tools(Threads())
    qemu_img = QemuImg(tools, contextlib.nullcontext())
    return choose(Ground(conf, RealClock(), Images(), Layout(tmp_path), tools, qemu_img))


@pytest.mark.parametrize(
    ("options", "cow", "kind"),
    [
        ({}, True, Overlays),
        ({}, False, Copies),
        ({"images_type": "qcow2"}, False, Overlays),
        ({"images_type": "raw"}, True, Copies),
        ({"images_type": "flat"}, True, Copies),
        ({"images_type": "lvm", "images_volume_group": "vg"}, True, LogicalVolumes),
        ({"images_type": "rbd"}, True, RbdDisks),
    ],
)
def test_the_place_for_disks(tmp_path, options, cow, kind):
    conf = settings(**options)
    conf.set_override("use_cow_images", cow)
    assert type(chosen(conf, tmp_path)) is kind


@pytest.mark.parametrize(
    ("options", "others", "reason"),
    [
        ({"images_type": "ploop"}, {}, "ploop is not supported"),
        ({"images_type": "lvm"}, {}, "needs .*images_volume_group"),
        ({"images_type": "rbd"}, {"force_raw_images": False}, "needs .*force_raw_images"),
    ],
)
def test_what_cannot_be_is_said_at_the_start(tmp_path, options, others, reason):
    conf = settings(**options)
    for name, value in others.items():
        conf.set_override(name, value)
    with pytest.raises(ConfigurationFailure, match=reason):
        chosen(conf, tmp_path)


@pytest.mark.parametrize("kind", ["lvm", "qcow2", "rbd"])
def test_disks_are_not_left_plain_where_encryption_is_wanted(kind):
    conf = settings(images_type=kind, images_volume_group="vg")
    conf.set_override("enabled", True, group="ephemeral_storage_encryption")
    with pytest.raises(ConfigurationFailure, match="ephemeral_storage_encryption"):
        kind_of(conf)


@pytest.mark.parametrize(
    ("kind", "formats"), [("qcow2", {"luks"}), ("flat", {"luks"}), ("lvm", set()), ("rbd", set())]
)
def test_only_files_can_be_encrypted(kind, formats):
    """Elsewhere a guest that wants it is refused before it has a disk."""
    conf = settings(images_type=kind)
    assert disk_encryption(conf) == formats
    place = site(conf, disk_encryption=disk_encryption(conf))
    for lock, known in ((LOCK, bool(formats)), (replace(LOCK, format="luksv2"), False)):
        wanted = guest(root=RootDisk(IMAGE, 1, encryption=lock))
        if known:
            refuse_plain_disks(wanted, place)
            continue
        with pytest.raises(UnsupportedGuest, match="luksv2" if formats else kind):
            refuse_plain_disks(wanted, place)


SOURCES = {
    "file": DiskSource("file", "qcow2", str(DIRECTORY / "disk")),
    "block": DiskSource("block", "raw", "/dev/vg/disk"),
    "network": DiskSource("network", "raw", "vms/disk", CephAccess((("a", "1"),))),
}


def one_disk(kind, modes=(), preallocate="none", **facts):
    conf = settings(disk_cachemodes=list(modes))
    conf.set_override("preallocate_images", preallocate)
    there = GuestDisks(DIRECTORY, {}, {"disk": SOURCES[kind]})
    (made,) = disks(guest(), there, site(conf, **facts))
    return made


@pytest.mark.parametrize(
    ("kind", "facts", "cache", "io"),
    [
        ("file", {}, "none", None),
        ("file", {"direct_io": False}, "writeback", None),
        ("file", {"preallocate": "space"}, "none", "native"),
        ("file", {"preallocate": "space", "direct_io": False}, "writeback", None),
        ("file", {"preallocate": "space", "modes": ["file=writeback"]}, "writeback", None),
        ("file", {"preallocate": "space", "modes": ["file=directsync"]}, "directsync", "native"),
        ("file", {"modes": ["block=unsafe", "network=unsafe"]}, "none", None),
        ("block", {}, "none", "native"),
        ("block", {"direct_io": False}, "none", "native"),
        ("block", {"modes": ["block=writethrough"]}, "writethrough", None),
        ("network", {}, "none", None),
        ("network", {"modes": ["network=writeback"], "preallocate": "space"}, "writeback", None),
    ],
)
def test_cache_and_io(kind, facts, cache, io):
    made = one_disk(kind, **facts)
    assert (made.cache, made.io) == (cache, io)


def test_a_cluster_without_login_is_reached_without():
    made = one_disk("network")
    assert (made.auth_user, made.secret_uuid, made.config) == (None, None, None)


def test_what_a_tool_is_told():
    assert rbd_url("vms/x_disk@moment", None, None) == "rbd:vms/x_disk@moment"
    assert rbd_url("a:b/x", "me=you", "/c:d") == r"rbd:a\:b/x:id=me\=you:conf=/c\:d"


@pytest.mark.parametrize(
    "location",
    ["", "rbd://", "rbd://f", "rbd://f/p/i", "rbd://f/p/i/s/t", "rbd://f/p//s", "rbd://f/p/i/-s",
     "rbd://g/p/i/s", "http://f/p/i/s", "rbd://f/p/i%40x/s", "rbd://f/..%2Fp/i/s"],
)  # fmt: skip
def test_locations_of_others(location):
    assert snapshot_of(location, "f") is None


def test_locations_of_ours():
    assert snapshot_of(location_of("f", "p", "i", "s"), "f") == "p/i@s"
    assert snapshot_of("rbd://f/my%20pool/i/s", "f") == "my pool/i@s"
