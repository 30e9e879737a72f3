"""What only a Ceph cluster does."""

import contextlib
import dataclasses
import json
import os
import subprocess
import uuid

import pytest

from nova.core.clock import RealClock
from nova.virt.contract.errors import (
    BadImage,
    HypervisorError,
    HypervisorUnavailable,
    ImageUnavailable,
)
from nova.virt.libvirt.native import Threads
from nova.virt.libvirt.storage.backend import Base, Elsewhere
from nova.virt.libvirt.storage.ceph import Cluster
from nova.virt.libvirt.storage.rbd_download import FromCluster
from nova.virt.libvirt.storage.rbd_images import NearbyImages
from nova.virt.libvirt.storage.store_copy import StoreCopy
from nova.virt.libvirt.tools import Tools
from tests.contracts.disk_backends.cluster import RIGHTS
from tests.contracts.disk_backends.places import POOL

MIB = 1024**2


@pytest.fixture
def place(ceph_place):
    return ceph_place


@pytest.fixture
def guest(place):
    own = str(uuid.uuid4())
    yield own
    place.backend.remove(own)


def test_an_image_of_the_cluster_is_cloned_not_fetched(place, ceph, guest):
    content = os.urandom(MIB)
    image = place.glance_has(content)
    found = place.backend.adopt(image)
    assert found == Elsewhere(f"images/{image.image_id}@snap", MIB)
    place.backend.make(guest, "disk", found, 4 * MIB)
    assert place.bytes_of(guest, "disk") == content.ljust(4 * MIB, b"\0")
    facts = json.loads(ceph.rbd("info", f"{POOL}/{guest}_disk", "--format", "json"))
    assert facts["parent"]["image"] == image.image_id
    assert place.images.fetched == []


def test_any_other_image_has_to_be_fetched(place, ceph):
    image = place.glance_has(b"x" * 512)
    there = image.locations
    for change in (
        {"disk_format": "qcow2", "locations": there},
        {"disk_format": "raw", "locations": ()},
        {"locations": (f"rbd://{ceph.fsid()}/images/not-there/snap",)},
        {"locations": (f"rbd://{ceph.fsid()}/no-pool/x/snap",)},
        {"locations": (there[0].replace("/snap", "/other"),)},
    ):
        place.images.change(image.image_id, **change)
        assert place.backend.adopt(image) is None
    place.images.change(image.image_id, locations=("file:///x", *there))
    assert place.backend.adopt(image) is not None


def test_or_is_refused_where_it_must_not(place, guest):
    nearby = NearbyImages(place.cluster, place.images, None, only_nearby=True)
    with pytest.raises(BadImage, match="not in the storage cluster"):
        nearby.find(place.images.add(b"somewhere"))


class Copying:
    """An image service that copies; `after` questions later it is done."""

    def __init__(self, place, image, after, stores):
        self.place, self.image, self.left, self.stores = place, image, after, stores
        self.asked = []

    def copy(self, image_id, store):
        self.asked.append((image_id, store))

    def look(self, image_id):
        if not self.asked:
            return dataclasses.replace(self.image, locations=())
        self.left -= 1
        return self.image if self.left > 0 else dataclasses.replace(self.image, **self.stores)


def copier(source, timeout=5):
    return StoreCopy(source, RealClock(), store="near", interval=0.01, timeout=timeout)


def test_the_image_service_is_asked_to_copy(place, guest):
    image = place.glance_has(b"y" * 512)
    source = Copying(place, image, 3, {"stores": ("far", "near")})
    nearby = NearbyImages(place.cluster, source, copier(source), only_nearby=True)
    assert nearby.find(image) == Elsewhere(f"images/{image.image_id}@snap", 512)
    assert source.asked == [(image.image_id, "near")]


def test_a_copy_that_fails_or_takes_too_long_is_said(place):
    image = place.images.add(b"z")
    for stores, timeout, what in (
        ({"failed_stores": ("near",)}, 5, "could not be copied"),
        ({}, 0.05, "was not copied in"),
    ):
        source = Copying(place, image, 1, stores)
        nearby = NearbyImages(place.cluster, source, copier(source, timeout), only_nearby=False)
        with pytest.raises(ImageUnavailable, match=what):
            nearby.find(image)


def test_a_disk_with_snapshots_of_others_goes_too(place, ceph, guest, tmp_path):
    file = tmp_path / "base"
    file.write_bytes(b"x" * 512)
    place.backend.make(guest, "disk", Base(file, "raw", 512), MIB)
    ceph.rbd("snap", "create", "--no-progress", f"{POOL}/{guest}_disk@backup")
    place.backend.remove(guest)
    assert ceph.rbd("ls", POOL).split() == []


def test_a_disk_in_use_is_tried_again_and_then_said(place, ceph, guest, tmp_path):
    file = tmp_path / "base"
    file.write_bytes(b"x" * 512)
    made = place.backend.make(guest, "disk", Base(file, "raw", 512), MIB)
    with subprocess.Popen(
        ["qemu-io", "-f", "raw", made.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as user:
        assert user.stdin is not None
        assert user.stdout is not None
        user.stdin.write(b"write 0 512\n")
        user.stdin.flush()
        user.stdout.readline()
        with pytest.raises(HypervisorError, match="watchers"):
            place.backend.remove(guest)
        user.stdin.write(b"quit\n")
        user.stdin.flush()
    place.backend.remove(guest)


def test_where_the_monitors_are(place, ceph):
    access = place.cluster.access()
    assert access.monitors == (("127.0.0.1", str(ceph.port)),)
    assert (access.user, access.secret_uuid) == ("nova", "secret")


def test_a_cluster_that_does_not_answer_is_given_up(place, ceph, tmp_path):
    dead = tmp_path / "dead.conf"
    dead.write_text(ceph.conf.read_text().replace(f":{ceph.port}", ":1"))
    cluster = Cluster(Tools(Threads()), conf=str(dead), user="nova", secret_uuid=None, timeout=1)
    with pytest.raises(HypervisorUnavailable):
        cluster.fsid()
    with pytest.raises(HypervisorUnavailable):
        cluster.images(POOL)


def test_a_pool_that_is_not_there_is_said(place):
    with pytest.raises(HypervisorError, match="no pool nothing"):
        place.cluster.space("nothing")


class TestPublishing:
    """Disks that become images inside the cluster."""

    @pytest.fixture
    def cloned(self, place, guest):
        image = place.glance_has(b"system".ljust(MIB, b"\0"))
        place.backend.make(guest, "disk", place.backend.adopt(image), 2 * MIB)
        return image

    def test_the_image_is_whole_and_stands_alone(self, place, ceph, guest, cloned, tmp_path):
        image_id, rested = str(uuid.uuid4()), []

        @contextlib.contextmanager
        def at_rest():
            rested.append("begun")
            yield
            rested.append("ended")

        for _time in range(2):
            location = place.backend.publish(guest, "disk", image_id, at_rest())
        assert rested == ["begun", "ended"] * 2
        assert location == f"rbd://{ceph.fsid()}/images/{image_id}/snap"
        place.backend.remove(guest)
        facts = json.loads(ceph.rbd("info", f"images/{image_id}", "--format", "json"))
        assert (facts["size"], facts.get("parent")) == (2 * MIB, None)
        found = place.backend.adopt(place.images.change(cloned.image_id, locations=(location,)))
        place.backend.make(guest, "disk", found, 0)
        assert place.bytes_of(guest, "disk")[:6] == b"system"

    def test_what_is_not_wanted_goes(self, place, ceph, guest, cloned):
        image_id = str(uuid.uuid4())
        place.backend.publish(guest, "disk", image_id, contextlib.nullcontext())
        for _time in range(2):
            place.backend.unpublish(guest, "disk", image_id)
        assert image_id not in ceph.rbd("ls", "images").split()
        assert json.loads(ceph.rbd("snap", "ls", f"{POOL}/{guest}_disk", "--format", "json")) == []

    def test_only_clones_know_where_images_go(self, place, guest, tmp_path):
        file = tmp_path / "base"
        file.write_bytes(b"x" * 512)
        place.backend.make(guest, "disk", Base(file, "raw", 512), MIB)
        assert place.backend.publish(guest, "disk", "new", contextlib.nullcontext()) is None
        place.backend.unpublish(guest, "disk", "new")

    def test_without_the_right_to_write_there_nothing_stays(self, place, ceph, guest, cloned):
        ceph.ceph("auth", "caps", "client.nova", "mon", "profile rbd", "osd",
                  "profile rbd pool=vms, profile rbd-read-only pool=images")  # fmt: skip
        try:
            assert place.backend.publish(guest, "disk", "new", contextlib.nullcontext()) is None
        finally:
            ceph.ceph("auth", "caps", "client.nova", *RIGHTS)
        assert "new" not in ceph.rbd("ls", "images").split()
        assert json.loads(ceph.rbd("snap", "ls", f"{POOL}/{guest}_disk", "--format", "json")) == []


def read_from(place, ceph, pool=None):
    cluster = Cluster(
        Tools(Threads()), conf=str(ceph.conf), user="nova", secret_uuid=None, timeout=5
    )
    return FromCluster(place.images, cluster, pool)


def test_an_image_can_be_read_from_where_it_lies(place, ceph):
    content = os.urandom(3 * MIB + 5)
    image = place.glance_has(content)
    stream = read_from(place, ceph).fetch(image.image_id)
    assert (b"".join(stream.chunks), stream.ref) == (content, image)
    assert b"".join(read_from(place, ceph, "images").fetch(image.image_id).chunks) == content
    assert place.images.fetched == []


def test_or_else_comes_from_the_image_service(place, ceph):
    image = place.glance_has(b"x" * 512)
    assert b"".join(read_from(place, ceph, "vms").fetch(image.image_id).chunks) == b"x" * 512
    place.images.change(image.image_id, locations=("file:///x",))
    assert b"".join(read_from(place, ceph).fetch(image.image_id).chunks) == b"x" * 512
    assert place.images.fetched == [image.image_id] * 2
