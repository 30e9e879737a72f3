"""The embedded Glance as the stock SDK sees it."""

import hashlib
import struct

import pytest
from openstack import exceptions

from nova.core.clock import RealClock
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, SeedService, default_users
from nova.standalone.image.app import build_image
from tests.unit.standalone import sdk

SEED = Seed(
    users=default_users("secret"),
    services=(SeedService("image", "glance", sdk.URLS["image"]),),
)
BARE = {"disk_format": "raw", "container_format": "bare"}


@pytest.fixture
def apps(tmp_path):
    identity = build_identity(SEED, RealClock())
    image = build_image(identity.tokens, RealClock(), tmp_path / "files")
    return {"identity": identity.app, "image": image.app}


@pytest.fixture
def admin(apps):
    return sdk.connect(apps)


@pytest.fixture
def demo(apps):
    return sdk.connect(apps, "demo", "demo")


def upload(cloud, name, data=b"contents", **more):
    return cloud.create_image(name, data=data, allow_duplicates=True, **{**BARE, **more})


def test_contents_go_in_and_come_out(demo):
    data = bytes(range(256)) * 4096
    image = upload(demo, "disk", data, os_distro="debian")
    image = demo.image.get_image(image.id)
    assert (image.status, image.size, image.virtual_size) == ("active", len(data), len(data))
    assert image.checksum == hashlib.md5(data).hexdigest()
    assert (image.hash_algo, image.hash_value) == ("sha512", hashlib.sha512(data).hexdigest())
    assert image.os_distro == "debian"
    assert demo.image.download_image(image).content == data


def test_a_part_of_the_contents(demo):
    image = upload(demo, "disk", b"0123456789")
    url = f"{sdk.URLS['image']}/v2/images/{image.id}/file"
    answer = demo.session.get(url, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"
    assert demo.session.get(url, headers={"Range": "bytes=-3"}).content == b"789"
    over = demo.session.get(url, headers={"Range": "bytes=10-"}, raise_exc=False)
    assert over.status_code == 416


def test_the_virtual_size_of_qcow2(demo):
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, 5 << 30, 0, 0, 0, 0, 0, 0, 0)
    image = upload(demo, "disk", header.ljust(1 << 17, b"\0"), disk_format="qcow2")
    assert demo.image.get_image(image.id).virtual_size == 5 << 30


def test_lists_filter_sort_and_page(demo):
    for number in range(5):
        upload(demo, f"disk-{number}", b"x" * number, tags=["odd"] if number % 2 else [])
    names = [image.name for image in demo.image.images(limit=2, sort="name:asc")]
    assert names == [f"disk-{number}" for number in range(5)]
    assert {image.name for image in demo.image.images(tag="odd")} == {"disk-1", "disk-3"}
    assert [image.name for image in demo.image.images(name="disk-4")] == ["disk-4"]
    assert [image.name for image in demo.image.images(size_min=4)] == ["disk-4"]


def test_properties_change(demo):
    image = upload(demo, "disk", hw_disk_bus="virtio")
    changed = demo.image.update_image(image, name="renamed", hw_disk_bus="scsi", min_disk=2)
    assert (changed.name, changed.hw_disk_bus, changed.min_disk) == ("renamed", "scsi", 2)
    demo.image.add_tag(image, "blue")
    assert demo.image.get_image(image.id).tags == ["blue"]
    demo.image.remove_tag(image, "blue")
    media = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    url = f"{sdk.URLS['image']}/v2/images/{image.id}"
    body = [{"op": "replace", "path": "/status", "value": "queued"}]
    refused = demo.session.patch(url, json=body, headers=media, raise_exc=False)
    assert refused.status_code == 403
    body = [{"op": "remove", "path": "/nothing"}]
    assert demo.session.patch(url, json=body, headers=media, raise_exc=False).status_code == 409


def test_others_see_only_what_they_may(admin, demo):
    private = upload(admin, "private", visibility="private")
    public = upload(admin, "public", visibility="public")
    assert [image.name for image in demo.image.images()] == ["public"]
    with pytest.raises(exceptions.NotFoundException):
        demo.image.get_image(private.id)
    with pytest.raises(exceptions.ForbiddenException):
        demo.image.delete_image(public.id, ignore_missing=False)
    with pytest.raises(exceptions.ForbiddenException):
        upload(demo, "mine", visibility="public")


def test_sharing_with_a_project(admin, demo):
    image = upload(admin, "shared", visibility="shared")
    project = demo.current_project_id
    admin.image.add_member(image, member_id=project)
    assert demo.image.get_image(image.id).name == "shared"
    assert list(demo.image.images()) == []
    demo.image.update_member(project, image, status="accepted")
    assert [found.name for found in demo.image.images()] == ["shared"]


def test_protected_images_stay(demo):
    image = upload(demo, "disk", is_protected=True)
    with pytest.raises(exceptions.ForbiddenException):
        demo.image.delete_image(image.id, ignore_missing=False)
    demo.image.update_image(image, is_protected=False)
    demo.image.delete_image(image.id, ignore_missing=False)
    assert demo.image.find_image(image.id) is None


def test_contents_are_given_once(demo):
    image = upload(demo, "disk")
    url = f"{sdk.URLS['image']}/v2/images/{image.id}/file"
    media = {"Content-Type": "application/octet-stream"}
    assert demo.session.put(url, data=b"x", headers=media, raise_exc=False).status_code == 409
    assert demo.session.put(url, json={}, raise_exc=False).status_code == 415


def test_schemas_name_the_attributes(demo):
    schema = demo.session.get(f"{sdk.URLS['image']}/v2/schemas/image").json()
    assert schema["name"] == "image"
    assert {"id", "status", "os_hash_value"} <= set(schema["properties"])


def test_no_token_no_images(apps):
    session = sdk.session(apps)
    answer = session.get(f"{sdk.URLS['image']}/v2/images", authenticated=False, raise_exc=False)
    assert answer.status_code == 401
