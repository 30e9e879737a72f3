"""Files below instances_path: fetched once, made whole or not at all, found again."""

import contextlib
import dataclasses
import json
import multiprocessing
import os
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest

from nova.core.clock import RealClock
from nova.virt.contract import BlankDisk, ConfigDrive, ImageRef, RootDisk, Swap
from nova.virt.contract.errors import (
    CannotSpawn,
    HypervisorError,
    ImageChecksumMismatch,
    ImageTooBig,
    ImageUnavailable,
    UnsupportedGuest,
)
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.blank import BlankDisks
from nova.virt.libvirt.storage.cache import ImageCache
from nova.virt.libvirt.storage.config_drive import ConfigDriveMaker
from nova.virt.libvirt.storage.disks import DiskBuilder
from nova.virt.libvirt.storage.files import Copies, Overlays
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lock import FileLocks
from nova.virt.libvirt.storage.qemu_img import Limits, QemuImg
from nova.virt.libvirt.storage.usage import measure
from nova.virt.libvirt.storage.users import backing_file, bases_in_use, virtual_size
from nova.virt.libvirt.tools import Tools
from tests.contracts.virt.subjects import Images
from tests.unit.virt.guests import UUID, guest

GIB = 1024**3
TOOLS = Tools(Threads())


class Store:
    """Everything that is needed, on a directory of the test."""

    def __init__(self, root: Path, *, raw: bool = True, overlays: bool = True) -> None:
        self.layout = Layout(root)
        self.images = Images()
        locks = FileLocks(RealClock(), self.layout.locks)
        self.qemu_img = QemuImg(TOOLS, contextlib.nullcontext())
        self.cache = ImageCache(
            self.layout, self.images, self.qemu_img, locks, RealClock(), raw=raw
        )
        self.blanks = BlankDisks(self.layout, TOOLS, locks, default=None, custom={})
        drives = ConfigDriveMaker(TOOLS, format="iso9660", mkisofs="genisoimage", publisher="tests")
        self.disks = DiskBuilder(
            self.layout,
            self.cache,
            self.blanks,
            drives,
            (Overlays if overlays else Copies)(self.layout, self.qemu_img, preallocate=False),
        )

    def build(self, wanted):
        return self.disks.build(wanted, self.disks.fetch(wanted))

    def files(self):
        return sorted(path.name for path in self.layout.cache.glob("*"))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def thin(tmp_path, size="64M"):
    path = tmp_path / "thin.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, size], check=True)
    return path.read_bytes()


def of(image, **changes):
    return guest(root=RootDisk(image, size_gb=1), **changes)


def start_of(path, count):
    with path.open("rb") as file:
        return file.read(count)


def test_many_threads_one_download(store):
    image = store.images.add(os.urandom(300_000))
    bases, barrier = [], threading.Barrier(16)

    def want():
        barrier.wait()
        bases.append(store.cache.base(image))

    threads = [threading.Thread(target=want) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bases) == 16
    assert len(set(bases)) == 1
    assert store.images.fetched == [image.image_id]


def _other_process(root, image, content, pipe):
    store = Store(Path(root))
    store.images._images[image.image_id] = (image, content)
    pipe.send("ready")
    pipe.recv()
    store.cache.base(image)
    pipe.send(len(store.images.fetched))


def test_many_processes_one_download(tmp_path):
    content = os.urandom(300_000)
    image = Images().add(content)
    context = multiprocessing.get_context("fork")
    pipes, processes = [], []
    for _number in range(4):
        here, there = context.Pipe()
        process = context.Process(target=_other_process, args=(tmp_path, image, content, there))
        process.start()
        pipes.append(here)
        processes.append(process)
    assert [pipe.recv() for pipe in pipes] == ["ready"] * 4
    for pipe in pipes:
        pipe.send("go")
    assert sorted(pipe.recv() for pipe in pipes) == [0, 0, 0, 1]
    for process in processes:
        process.join()


def test_the_content_is_right_and_zeros_are_holes(store):
    content = b"start" + bytes(8 << 20) + b"end"
    base = store.cache.base(store.images.add(content))
    assert base.path.read_bytes() == content
    assert base.path.stat().st_blocks * 512 < 1 << 20


def test_trailing_zeros_count(store):
    base = store.cache.base(store.images.add(b"x" + bytes(1 << 20)))
    assert base.path.stat().st_size == (1 << 20) + 1


def test_an_altered_image_leaves_no_trace_and_can_be_fetched_again(store):
    image = store.images.add(b"bytes", hash_value="0" * 128)
    for _time in range(2):
        with pytest.raises(ImageChecksumMismatch):
            store.cache.base(image)
        assert store.files() == []
    assert len(store.images.fetched) == 2


def test_a_qcow2_image_becomes_plain_bytes(store, tmp_path):
    base = store.cache.base(store.images.add(thin(tmp_path), disk_format="qcow2"))
    assert (base.format, base.virtual_size) == ("raw", 64 << 20)
    assert base.path.stat().st_size == 64 << 20


def test_or_stays_as_it_is(tmp_path):
    store = Store(tmp_path / "i", raw=False)
    content = thin(tmp_path)
    base = store.cache.base(store.images.add(content, disk_format="qcow2"))
    assert (base.format, base.virtual_size) == ("qcow2", 64 << 20)
    again = store.cache.base(ImageRef(next(iter(store.images.fetched)), "qcow2"))
    assert again == base


def test_what_a_killed_download_left_is_written_over(store):
    image = store.images.add(b"whole")
    path = store.layout.image(image.image_id)
    path.parent.mkdir(parents=True)
    path.with_suffix(".part").write_bytes(b"half of something longer")
    path.with_suffix(".note").write_text(json.dumps({"image_id": image.image_id}))
    assert store.cache.base(image).path.read_bytes() == b"whole"


def test_an_image_of_an_older_release_is_used_as_it_is(store):
    image = store.images.add(b"fresh")
    path = store.layout.image(image.image_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"older")
    assert store.cache.base(image).path.read_bytes() == b"older"
    assert store.images.fetched == []


def test_the_source_may_be_away(store):
    with pytest.raises(ImageUnavailable):
        store.cache.base(ImageRef("unknown", "raw"))


def test_an_overlay_has_the_flavor_s_size_and_rests_on_the_image(store):
    image = store.images.add(b"boot" * 1000)
    files = store.build(of(image))
    disk = Path(files.path("disk"))
    assert files.formats == {"disk": "qcow2"}
    assert virtual_size(disk) == GIB
    assert backing_file(disk) == store.layout.image(image.image_id)
    assert bases_in_use(store.layout) == {disk and store.layout.image(image.image_id).name: 1}


def test_a_flavor_without_disk_takes_the_image_s_size(store):
    image = store.images.add(bytes(1 << 20))
    files = store.build(guest(root=RootDisk(image, size_gb=0)))
    assert virtual_size(Path(files.path("disk"))) == 1 << 20


def test_a_copy_is_plain_and_as_large_as_the_flavor_says(tmp_path):
    store = Store(tmp_path, overlays=False)
    image = store.images.add(b"boot" * 1000)
    files = store.build(of(image))
    disk = Path(files.path("disk"))
    assert files.formats == {"disk": "raw"}
    assert disk.stat().st_size == GIB
    assert disk.stat().st_blocks * 512 < 1 << 20
    assert start_of(disk, 4000) == b"boot" * 1000


def test_a_plain_image_too_big_is_not_even_fetched(store):
    image = store.images.add(b"", size=2 * GIB)
    with pytest.raises(ImageTooBig):
        store.disks.fetch(of(image))
    assert store.images.fetched == []


def test_ephemeral_and_swap_are_made_once_per_kind(store):
    image = store.images.add(b"x")
    wanted = of(
        image, ephemerals=(BlankDisk(1), BlankDisk(1, "vfat")), swap=Swap(4), os_type="linux"
    )
    files = store.build(wanted)
    assert set(files.formats) == {"disk", "disk.eph0", "disk.eph1", "disk.swap"}
    blanks = {name for name in store.files() if not name.startswith(store.layout.image("x").name)}
    assert {"ephemeral_1_ext4", "ephemeral_1_vfat", "swap_4"} <= blanks
    assert b"SWAPSPACE2" in (store.layout.cache / "swap_4").read_bytes()
    assert start_of(store.layout.cache / "ephemeral_1_ext4", 2048)[1080:1082] == b"\x53\xef"


def test_an_unknown_file_system_is_refused(store):
    image = store.images.add(b"x")
    with pytest.raises(UnsupportedGuest):
        store.build(of(image, ephemerals=(BlankDisk(1, "zfs"),)))


def test_operators_may_bring_their_own_mkfs(tmp_path):
    layout = Layout(tmp_path)
    locks = FileLocks(RealClock(), layout.locks)
    custom = {"linux": "mkfs.ext2 -q -F -L %(fs_label)s %(target)s"}
    made = BlankDisks(layout, TOOLS, locks, default=None, custom=custom).ephemeral(1, None, "linux")
    assert b"ephemeral0" in start_of(made.path, 4096)


def test_the_config_drive_holds_the_files_and_the_label(store):
    files = {"openstack/latest/meta_data.json": b'{"a": 1}', "ec2/x": b"\0\1"}
    built = store.build(of(store.images.add(b"x"), config_drive=ConfigDrive(files)))
    drive = built.path("disk.config")
    listing = TOOLS.run("isoinfo", "-R", "-f", "-i", drive)
    assert "/openstack/latest/meta_data.json" in listing
    assert "Volume id: config-2" in TOOLS.run("isoinfo", "-d", "-i", drive)
    assert (
        TOOLS.run("isoinfo", "-R", "-x", "/openstack/latest/meta_data.json", "-i", drive)
        == '{"a": 1}'
    )


def test_a_vfat_config_drive(tmp_path):
    maker = ConfigDriveMaker(TOOLS, format="vfat", mkisofs="", publisher="")
    maker.write(UUID, tmp_path / "disk.config", {"openstack/latest/user_data": b"#!"})
    listing = TOOLS.run("mdir", "-i", tmp_path / "disk.config", "-b", "-/")
    assert "::/openstack/latest/user_data" in listing
    assert b"config-2" in (tmp_path / "disk.config").read_bytes()[:512]


def test_a_config_drive_cannot_write_elsewhere(store):
    wanted = of(store.images.add(b"x"), config_drive=ConfigDrive({"../../evil": b""}))
    with pytest.raises(CannotSpawn, match="leads out"):
        store.build(wanted)


def test_what_was_built_is_found_again(store):
    image = store.images.add(b"x")
    wanted = of(image, config_drive=ConfigDrive({"a": b"1"}))
    built = store.build(wanted)
    later = dataclasses.replace(wanted, config_drive=ConfigDrive(None))
    assert store.disks.find(later) == built
    assert store.disks.find(dataclasses.replace(wanted, uuid="other")) is None


def test_a_lost_image_is_fetched_again_for_its_disks(store):
    image = store.images.add(b"x")
    wanted = of(image)
    store.build(wanted)
    store.layout.image(image.image_id).unlink()
    store.disks.find(wanted)
    assert store.layout.image(image.image_id).exists()


def test_removing_is_done_by_name_first_and_may_be_repeated(store):
    wanted = of(store.images.add(b"x"))
    store.build(wanted)
    doomed = store.layout.doomed(wanted.uuid)
    doomed.mkdir()
    (doomed / "left").touch()
    for _time in range(2):
        store.disks.remove(wanted.uuid)
        assert not store.layout.guest(wanted.uuid).exists()
        assert not doomed.exists()


def test_only_old_and_unused_images_are_pruned(store):
    used, young, old = (store.images.add(bytes([n + 1])) for n in range(3))
    store.build(of(used))
    for image in (young, old):
        store.cache.base(image)
    for image in (used, old):
        os.utime(store.layout.image(image.image_id), (1, 1))
    assert store.cache.prune([], unused_seconds=3600) == [old.image_id]
    assert {cached.image_id for cached in store.cache.cached()} == {used.image_id, young.image_id}


def test_old_remains_of_killed_transfers_are_swept(store):
    store.cache.base(store.images.add(b"x"))
    old, young = (store.layout.cache / f"{name}.part" for name in ("old", "young"))
    for part in (old, young):
        part.touch()
    os.utime(old, (1, 1))
    store.cache.prune([], unused_seconds=3600)
    assert young.exists()
    assert not old.exists()


def test_blanks_and_what_older_releases_left_age_too(store):
    store.build(of(store.images.add(b"x"), swap=Swap(4)))
    unnoted = store.layout.cache / ("a" * 40)
    resized = store.layout.cache / f"{'b' * 40}_20"
    stranger = store.layout.cache / "README"
    for path in (unnoted, resized, stranger):
        path.write_bytes(b"old")
    two_hours_ago = time.time() - 7200
    for path in (unnoted, resized, stranger, store.layout.cache / "swap_4"):
        os.utime(path, (two_hours_ago, two_hours_ago))
    for ages, gone in (
        ((86400, 86400), set()),
        ((86400, 3600), {resized.name}),
        ((3600, 3600), {unnoted.name}),
    ):
        dropped = store.cache.prune([], unused_seconds=ages[0], resized_seconds=ages[1])
        assert set(dropped) == gone
    store.disks.remove(UUID)
    os.utime(store.layout.cache / "swap_4", (1, 1))
    assert "swap_4" in store.cache.prune([], unused_seconds=3600)
    assert stranger.exists()


def test_an_image_begins_to_age_when_its_last_guest_is_gone(store):
    image = store.images.add(b"x")
    store.build(of(image))
    path = store.layout.image(image.image_id)
    os.utime(path, (1, 1))
    store.cache.prune([], unused_seconds=3600)
    store.disks.remove(UUID)
    assert store.cache.prune([], unused_seconds=3600) == []
    assert store.cache.prune([], unused_seconds=0) == [image.image_id]


def test_what_a_guest_writes_into_a_plain_disk_means_nothing(tmp_path):
    """A header there must neither hold an image back nor promise room, nor break anything."""
    store = Store(tmp_path, overlays=False)
    image = store.images.add(b"x")
    files = store.build(of(image))
    base = os.fsencode(store.layout.image(image.image_id))
    with Path(files.path("disk")).open("r+b") as disk:
        disk.write(struct.pack(">4sIQIIQ", b"QFI\xfb", 3, 512, len(base), 16, 1 << 60))
        disk.seek(512)
        disk.write(base)
    assert bases_in_use(store.layout) == {}
    assert measure(store.layout).promised_gb < 2
    with Path(files.path("disk")).open("r+b") as disk:
        disk.write(struct.pack(">4sIQIIQ", b"QFI\xfb", 3, 512, 1 << 31, 16, 1 << 60))
    store.cache.prune([], unused_seconds=0)


def test_an_image_too_big_is_not_unfolded(store, tmp_path):
    image = store.images.add(thin(tmp_path, "4G"), disk_format="qcow2")
    with pytest.raises(ImageTooBig):
        store.disks.fetch(of(image))
    assert store.files() == []


def test_disks_grow_with_the_flavor(store):
    wanted = of(store.images.add(b"x"), ephemerals=(BlankDisk(1),))
    files = store.build(wanted)
    larger = dataclasses.replace(
        wanted, root=RootDisk(wanted.root.image, size_gb=3), ephemerals=(BlankDisk(2),)
    )
    for _time in range(2):
        store.disks.grow(larger)
    store.disks.grow(wanted)
    sizes = [virtual_size(Path(files.path(name))) for name in ("disk", "disk.eph0")]
    assert sizes == [3 * GIB, 2 * GIB]


def test_hosts_that_share_a_directory_agree_on_its_name(tmp_path):
    barrier, names = threading.Barrier(8), []

    def host():
        barrier.wait()
        names.append(measure(Layout(tmp_path / "shared")).place)

    hosts = [threading.Thread(target=host) for _ in range(8)]
    for one in hosts:
        one.start()
    for one in hosts:
        one.join()
    assert len(names) == 8
    assert len(set(names)) == 1
    assert measure(Layout(tmp_path / "other")).place not in names
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [".storage-name"]


def test_space_can_be_taken_at_once(tmp_path):
    store = Store(tmp_path)
    place = Copies(store.layout, store.qemu_img, preallocate=True)
    store.layout.guest(UUID).mkdir()
    base = store.cache.base(store.images.add(b"x"))
    made = place.make(UUID, "disk", base, 8 << 20)
    assert Path(made.path).stat().st_blocks * 512 >= 8 << 20
    place.grow(UUID, "disk", 16 << 20)
    assert Path(made.path).stat().st_blocks * 512 >= 16 << 20


def test_the_config_drive_is_nobody_else_s_business(store):
    files = {"openstack/latest/meta_data.json": b"{}"}
    built = store.build(of(store.images.add(b"x"), config_drive=ConfigDrive(files)))
    assert Path(built.path("disk.config")).stat().st_mode & 0o777 == 0o600


def test_what_thin_disks_may_still_grow_by_is_counted(store):
    before = measure(store.layout)
    store.build(guest(root=RootDisk(store.images.add(b"x"), size_gb=20)))
    after = measure(store.layout)
    assert after.promised_gb - before.promised_gb in (19, 20)
    assert after.total_gb == before.total_gb > 0


def test_a_disk_is_opened_within_limits(tmp_path):
    """Which the usual ones are enough for, and too little is not."""
    base, over = tmp_path / "base", tmp_path / "over"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", base, "64M"], check=True)
    usual = QemuImg(TOOLS, contextlib.nullcontext(), limits=Limits(30, 2))
    usual.overlay(base, "qcow2", over, GIB)
    usual.resize(over, "qcow2", 2 * GIB)
    assert virtual_size(over) == 2 * GIB
    with pytest.raises(HypervisorError, match="prlimit"):
        QemuImg(TOOLS, contextlib.nullcontext(), limits=Limits(30, 0)).overlay(
            base, "qcow2", tmp_path / "other", GIB)
    assert Limits(7, None).command() == ("prlimit", "--cpu=7")
    assert Limits(None, None).command() == ()
