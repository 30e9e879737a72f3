"""The host's own store of images."""

import subprocess

import pytest

from nova.virt.contract.errors import ImageUnavailable


def test_an_image_can_be_had_before_it_is_needed(subject):
    image = subject.images.add(b"early")
    images = subject.driver.images
    assert images.cache(image) is False
    assert images.cache(image) is True
    assert subject.images.fetched.count(image.image_id) == 1
    (found,) = [c for c in images.cached() if c.image_id == image.image_id]
    assert found.users == 0


def test_only_unused_images_are_dropped(subject, spawn):
    used, kept, unused = (subject.images.add(bytes([n]) * 600) for n in range(3))
    images = subject.driver.images
    images.cache(unused)
    images.cache(kept)
    spawn(image=used)
    (found,) = [c for c in images.cached() if c.image_id == used.image_id]
    assert found.users == 1
    dropped = images.prune([kept.image_id, subject.tiny.image_id], unused_seconds=0)
    assert unused.image_id in dropped
    assert not {used.image_id, kept.image_id} & set(dropped)


def test_a_qcow2_image_is_unfolded(subject, tmp_path):
    path = tmp_path / "thin.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "64M"], check=True)
    image = subject.images.add(path.read_bytes(), disk_format="qcow2")
    assert subject.driver.images.cache(image) is False


def test_what_cannot_be_had_is_said(subject):
    image = subject.images.add(b"gone")
    del subject.images._images[image.image_id]
    with pytest.raises(ImageUnavailable):
        subject.driver.images.cache(image)
