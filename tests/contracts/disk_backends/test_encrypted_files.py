"""Disks as files that are encrypted, looked into by others than those who made them."""

import json
import os
import subprocess

import pytest

from nova.virt.libvirt.storage.backend import Base
from tests.contracts.disk_backends.places import FILES, FilePlace

MIB = 1024**2
SIZE = 8 * MIB
SECRET, OTHER = "3f" * 64, "e1" * 64
GUEST = "50000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module", params=list(FILES))
def place(request, tmp_path_factory):
    root = tmp_path_factory.mktemp("files")
    made = FilePlace(root, FILES[request.param])
    (root / GUEST).mkdir()
    return made


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "base"
    path.write_bytes(os.urandom(MIB) + bytes(MIB - 512) + b"end of it".ljust(512, b"\0"))
    return Base(path, "raw", path.stat().st_size)


@pytest.fixture(scope="module")
def disk(place, base):
    return place.backend.make(GUEST, "disk", base, SIZE, SECRET)


def opened(source, secret, target=None):
    """What is said of it, or (with a `target`) what is in it."""
    key = "key-secret" if source.format == "luks" else "encrypt.key-secret"
    reading, writing = os.pipe()
    os.write(writing, secret.encode())
    os.close(writing)
    command = ["convert", "-O", "raw"] if target else ["info", "--output=json"]
    try:
        done = subprocess.run(
            ["qemu-img", *command, "--object", f"secret,id=s,file=/dev/fd/{reading}",
             "--image-opts", f"driver={source.format},{key}=s,file.filename={source.path}",
             *([target] if target else [])],
            check=True, capture_output=True, pass_fds=[reading])  # fmt: skip
    finally:
        os.close(reading)
    return target.read_bytes() if target else json.loads(done.stdout)


def test_it_holds_what_its_image_does(place, disk, base, tmp_path):
    content = opened(disk, SECRET, tmp_path / "plain")
    assert len(content) == SIZE
    assert content[: 2 * MIB] == base.path.read_bytes()
    assert place.backend.find(GUEST, "disk") == disk
    with pytest.raises(subprocess.CalledProcessError):
        opened(disk, OTHER, tmp_path / "wrong")


def test_it_grows(place, disk):
    for wanted in (16 * MIB, MIB):
        place.backend.grow(GUEST, "disk", wanted, SECRET)
        assert opened(disk, SECRET)["virtual-size"] == 16 * MIB
    assert place.backend.find(GUEST, "disk") == disk


def test_it_can_be_made_of_what_is_encrypted_otherwise(place, disk, base, tmp_path):
    """Whole files are copies always; an overlay is one only then."""
    if disk.format == "luks":
        pytest.skip("it is no other copy")
    picture = tmp_path / "picture"
    place.backend._qemu_img.convert(
        disk.path, disk.format, picture, "qcow2", read_with=SECRET, lock_with=OTHER)
    locked = Base(picture, "qcow2", 16 * MIB, encrypted=True, secret=OTHER)
    made = place.backend.make(GUEST, "disk.second", locked, 24 * MIB, SECRET)
    said = opened(made, SECRET)
    assert said["virtual-size"] == 24 * MIB
    assert "backing-filename" not in said
    content = opened(made, SECRET, tmp_path / "plain")
    assert content[: 2 * MIB] == base.path.read_bytes()
    assert base.path.read_bytes()[:512] not in picture.read_bytes()
