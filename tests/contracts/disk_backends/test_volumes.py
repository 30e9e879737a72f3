"""What only logical volumes do, as far as can be seen without a device mapper."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.backend import Base
from nova.virt.libvirt.storage.lvm import LogicalVolumes
from nova.virt.libvirt.storage.qemu_img import QemuImg
from nova.virt.libvirt.storage.volume_group import VolumeGroup
from nova.virt.libvirt.storage.wipe import Wipe
from nova.virt.libvirt.tools import Tools
from tests.contracts.disk_backends.places import GIB, VolumePlace

MIB = 1024**2
GUEST = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base"
    path.write_bytes(b"secret" * 1000)
    return Base(path, "raw", 6000)


def wipes(tmp_path, method, first_mib):
    path = tmp_path / "device"
    path.write_bytes(os.urandom(4 * MIB))
    before = path.read_bytes()
    Wipe(Tools(Threads()), method, first_mib).clear(path, 4 * MIB)
    return before, path.read_bytes()


def test_volumes_are_overwritten_before_they_go(tmp_path):
    before, after = wipes(tmp_path, "zero", 0)
    assert after == bytes(4 * MIB)
    before, after = wipes(tmp_path, "shred", 0)
    assert len(after) == 4 * MIB
    assert after.count(0) < MIB
    assert after[:4096] != before[:4096]


def test_or_their_beginning(tmp_path):
    before, after = wipes(tmp_path, "zero", 1)
    assert after == bytes(MIB) + before[MIB:]
    assert wipes(tmp_path, "zero", 100)[1] == bytes(4 * MIB)


def test_or_not_at_all(tmp_path):
    before, after = wipes(tmp_path, "none", 0)
    assert after == before


def test_the_wiping_comes_first(tmp_path, base):
    place = VolumePlace(tmp_path)
    place.backend.make(GUEST, "disk", base, MIB)
    place.backend.remove(GUEST)
    words = [ran[0] for ran in place.manager.ran]
    assert words.index("shred") < words.index("lvremove")


def test_sparse_volumes_take_little_and_are_not_wiped(tmp_path, base):
    place = VolumePlace(tmp_path, sparse=True)
    place.backend.make(GUEST, "disk", base, GIB)
    ((*words,),) = place.manager.commands("lvcreate")
    assert words[words.index("-L") + 1] == f"{64 * MIB}b"
    assert words[words.index("--virtualsize") + 1] == f"{GIB}b"
    assert place.backend.usage().promised_gb == 0
    place.backend.make(GUEST, "disk.eph0", base, 4 * GIB)
    assert place.backend.usage().promised_gb == 3
    place.backend.remove(GUEST)
    assert place.manager.commands("shred") == []


def test_a_group_that_is_full_says_so(tmp_path, base):
    place = VolumePlace(tmp_path)
    with pytest.raises(HypervisorError, match="insufficient free space"):
        place.backend.make(GUEST, "disk", base, 11 * GIB)


def test_what_an_earlier_guest_left_is_overwritten_by_the_image(tmp_path, base):
    """Also where the image has zeros: a volume does not begin empty."""
    place = VolumePlace(tmp_path, clear="none")
    hole = tmp_path / "hole"
    hole.write_bytes(bytes(MIB))
    device = place.manager.root / "guests" / f"{GUEST}_disk"
    create = place.manager._lvcreate

    def dirty(words):
        create(words)
        device.write_bytes(b"\xff" * device.stat().st_size)
        return ""

    place.manager._lvcreate = dirty
    place.backend.make(GUEST, "disk", Base(hole, "raw", MIB), MIB)
    assert device.read_bytes()[:MIB] == bytes(MIB)


def _no_mapper():
    if os.geteuid() != 0 or not all(map(shutil.which, ("dmsetup", "lvcreate", "losetup"))):
        return "LVM needs root, dmsetup, lvm2 and losetup"
    works = subprocess.run(["dmsetup", "version"], capture_output=True, check=False)
    return None if works.returncode == 0 else "the kernel here has no device mapper"


@pytest.fixture
def group(tmp_path):
    if reason := _no_mapper():
        pytest.skip(reason)
    file = tmp_path / "disk"
    with file.open("wb") as made:
        made.truncate(512 * MIB)
    tools = Tools(Threads())
    loop = tools.run("losetup", "-f", "--show", file).strip()
    name = f"nova-test-{uuid.uuid4().hex[:8]}"
    try:
        tools.run("vgcreate", name, loop)
        yield VolumeGroup(tools, name)
        tools.run("vgremove", "-f", name)
    finally:
        tools.run("losetup", "-d", loop)


def test_the_real_volume_manager(group, base):
    import contextlib

    tools = Tools(Threads())
    place = LogicalVolumes(
        group, QemuImg(tools, contextlib.nullcontext()), Wipe(tools, "zero", 0), sparse=False
    )
    made = place.make(GUEST, "disk", base, 8 * MIB)
    assert place.find(GUEST, "disk") == made
    assert Path(made.path).read_bytes()[:6000] == base.path.read_bytes()
    with place.moment(GUEST, "disk") as moment:
        assert Path(moment.path).read_bytes()[:6000] == base.path.read_bytes()
    place.grow(GUEST, "disk", 16 * MIB)
    assert group.volumes() == {f"{GUEST}_disk": 16 * MIB}
    place.remove(GUEST)
    assert group.volumes() == {}
