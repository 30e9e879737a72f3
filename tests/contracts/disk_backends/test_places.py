"""What every place for disks does."""

import os
import uuid

import pytest

from nova.virt.libvirt.storage.backend import Base

MIB = 1024**2
SIZE = 8 * MIB


@pytest.fixture
def guest(place, tmp_path):
    own = str(uuid.uuid4())
    (tmp_path / own).mkdir()
    yield own
    place.backend.remove(own)


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base"
    path.write_bytes(os.urandom(MIB) + bytes(MIB) + b"end of it")
    return Base(path, "raw", path.stat().st_size)


@pytest.fixture
def disk(place, guest, base):
    made = place.backend.make(guest, "disk", base, SIZE)
    place.made(guest, "disk")
    return made


def test_a_disk_begins_as_its_image_and_zeros(place, guest, base, disk):
    content = place.bytes_of(guest, "disk")
    image = base.path.read_bytes()
    assert content[: len(image)] == image
    assert content[len(image) :] == bytes(SIZE - len(image))


def test_a_disk_is_found_as_it_was_made(place, guest, disk):
    assert place.backend.find(guest, "disk") == disk
    assert place.backend.find(guest, "disk.eph0") is None
    assert place.backend.find("another", "disk") is None


def test_an_image_larger_than_the_disk_gets_its_room(place, guest, base):
    place.backend.make(guest, "disk", base, 1)
    place.made(guest, "disk")
    assert len(place.bytes_of(guest, "disk")) >= base.virtual_size


def test_a_disk_can_be_made_anew(place, guest, base, disk, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"another image")
    place.backend.make(guest, "disk", Base(other, "raw", 13), SIZE)
    assert place.bytes_of(guest, "disk")[:5000] == b"another image".ljust(5000, b"\0")


def test_disks_grow_and_never_shrink(place, guest, base, disk):
    image = base.path.read_bytes()
    for wanted, then in ((2 * SIZE, 2 * SIZE), (SIZE, 2 * SIZE), (2 * SIZE, 2 * SIZE)):
        place.backend.grow(guest, "disk", wanted)
        content = place.bytes_of(guest, "disk")
        assert (len(content), content[: len(image)]) == (then, image)


def test_growing_what_is_not_there_is_no_error(place, guest):
    place.backend.grow(guest, "disk", SIZE)


def test_one_disk_or_all_are_removed_and_that_twice(place, guest, base, disk, tmp_path):
    place.backend.make(guest, "disk.eph0", base, SIZE)
    place.made(guest, "disk.eph0")
    for _time in range(2):
        place.backend.remove(guest, ["disk.eph0"])
    with pytest.raises(Exception, match=r"disk\.eph0"):
        place.bytes_of(guest, "disk.eph0")
    assert place.bytes_of(guest, "disk")
    for _time in range(2):
        place.backend.remove(guest)


def test_others_keep_their_disks(place, guest, base, disk, tmp_path):
    other = f"{guest[:-1]}x"
    (tmp_path / other).mkdir()
    place.backend.make(other, "disk", base, SIZE)
    place.made(other, "disk")
    place.backend.remove(guest)
    assert len(place.bytes_of(other, "disk")) == SIZE
    place.backend.remove(other)


def test_a_moment_stays_while_the_disk_changes(place, guest, base, disk, tmp_path):
    moment = place.backend.moment(guest, "disk")
    if moment is None:
        pytest.skip("only a hypervisor can do that with files")
    before = place.bytes_of(guest, "disk")
    with moment as source:
        place.backend.grow(guest, "disk", 2 * SIZE)
        copied = tmp_path / "moment"
        place.backend._qemu_img.convert(source.url, "raw", copied, "raw")
    assert copied.read_bytes() == before
    with place.backend.moment(guest, "disk") as source:
        pass
    place.backend.remove(guest, ["disk"])


def test_a_moment_that_somebody_left_is_no_obstacle(place, guest, disk):
    if place.backend.moment(guest, "disk") is None:
        pytest.skip("only a hypervisor can do that with files")
    left = place.backend.moment(guest, "disk")
    left.__enter__()
    with place.backend.moment(guest, "disk"):
        pass
    place.backend.remove(guest)


def test_a_file_is_taken_or_stays(place, guest, tmp_path):
    for content in (b"first" * 1000, b"second" * 1000):
        file = tmp_path / guest / "disk.config"
        file.write_bytes(content)
        taken = place.backend.take(guest, "disk.config", file)
        assert file.exists() is (taken is None)
        if taken is not None:
            assert place.backend.find(guest, "disk.config") == taken
            assert place.bytes_of(guest, "disk.config")[: len(content)] == content


def test_a_place_says_how_full_it_is(place, disk):
    usage = place.backend.usage()
    assert usage.total_gb >= usage.free_gb >= 1
    assert usage.total_gb >= usage.used_gb


def test_a_place_has_one_name_for_ever(place):
    first = place.backend.usage().place
    assert first == place.backend.usage().place
    assert len(first) > 10
