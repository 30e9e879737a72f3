"""Images: facts, bytes, who may do what."""

import hashlib
from dataclasses import replace

import pytest

from nova.clients.image.contract import (
    ImageChange,
    ImageDraft,
    ImageForbidden,
    ImageNotFound,
    ImageQuery,
    ImageRefused,
)

ABSENT = "11111111-2222-4333-8444-555555555555"
CONTENT = bytes(range(256)) * 3000
DRAFT = ImageDraft(
    "snap",
    disk_format="qcow2",
    container_format="bare",
    min_disk=2,
    min_ram=64,
    properties={"hw_disk_bus": "scsi", "base_image_ref": ABSENT},
)


def uploaded(images, context, draft=DRAFT, content=CONTENT):
    made = images.create(context, draft)
    return images.upload(context, made.id, [content[:1000], b"", content[1000:]])


def test_a_snapshot(images, context):
    made = images.create(context, DRAFT)
    assert (made.name, made.status, made.size) == ("snap", "queued", None)
    assert (made.min_disk, made.min_ram, made.disk_format) == (2, 64, "qcow2")
    assert made.properties == DRAFT.properties
    assert (made.owner, made.visibility, made.protected) == (context.project_id, "private", False)
    full = images.upload(context, made.id, [CONTENT[:70000], CONTENT[70000:]])
    assert (full.id, full.status, full.size) == (made.id, "active", len(CONTENT))
    assert full.checksum == hashlib.md5(CONTENT).hexdigest()
    assert full.hash_value == hashlib.new(full.hash_algorithm, CONTENT).hexdigest()
    assert images.show(context, made.id) == full
    assert full.created_at.tzinfo and full.created_at <= full.updated_at
    assert b"".join(images.download(context, made.id)) == CONTENT


def test_formats_known_only_at_upload(images, context):
    made = images.create(context, ImageDraft("later"))
    change = ImageChange(disk_format="raw", container_format="bare", set={"a": "b"})
    full = images.upload(context, made.id, [b"xyz"], change)
    assert (full.disk_format, full.container_format, full.size) == ("raw", "bare", 3)
    assert full.properties["a"] == "b"


def test_an_empty_image(images, context):
    full = uploaded(images, context, content=b"")
    assert (full.status, full.size) == ("active", 0)
    assert b"".join(images.download(context, full.id)) == b""


def test_a_transfer_can_be_given_up(images, context):
    chunks = images.download(context, uploaded(images, context).id)
    assert CONTENT.startswith(next(chunks))
    chunks.close()


def test_creating_twice_with_an_id_is_harmless(images, context):
    draft = replace(DRAFT, id=ABSENT)
    first = images.create(context, draft)
    assert first.id == ABSENT
    assert images.create(context, draft) == first


def test_what_is_not_there(images, context):
    for ask in (images.show, images.download):
        with pytest.raises(ImageNotFound):
            ask(context, ABSENT)
    with pytest.raises(ImageNotFound):
        images.update(context, ABSENT, ImageChange(name="x"))
    with pytest.raises(ImageNotFound):
        images.upload(context, ABSENT, [b"x"])
    queued = images.create(context, DRAFT)
    with pytest.raises(ImageNotFound):
        b"".join(images.download(context, queued.id))


def test_bytes_come_once(images, context):
    full = uploaded(images, context)
    with pytest.raises(ImageRefused):
        images.upload(context, full.id, [b"other"])
    unknown = images.create(context, ImageDraft("no format"))
    with pytest.raises(ImageRefused):
        images.upload(context, unknown.id, [b"x"])


def test_update(images, context):
    made = images.create(context, DRAFT)
    change = ImageChange(name="new", min_ram=128, set={"hw_disk_bus": "ide", "os_type": "linux"},
                         remove=["base_image_ref", "never_there"])  # fmt: skip
    changed = images.update(context, made.id, change)
    assert (changed.name, changed.min_ram, changed.min_disk) == ("new", 128, 2)
    assert changed.properties == {"hw_disk_bus": "ide", "os_type": "linux"}
    assert images.show(context, made.id) == changed
    assert images.update(context, made.id, ImageChange()) == changed


def test_delete(images, context):
    made = uploaded(images, context)
    assert images.show(context, made.id)
    assert images.delete(context, made.id)
    assert not images.delete(context, made.id)
    with pytest.raises(ImageNotFound):
        images.show(context, made.id)


def test_private_images_are_private(world, images, context):
    theirs = uploaded(images, world.admin)
    with pytest.raises(ImageNotFound):
        images.show(context, theirs.id)
    with pytest.raises(ImageNotFound):
        b"".join(images.download(context, theirs.id))
    mine = uploaded(images, context)
    assert images.show(world.admin, mine.id) == mine


def test_public_images_may_be_read_only(world, images, context):
    public = uploaded(images, world.admin, replace(DRAFT, visibility="public"))
    assert images.show(context, public.id).visibility == "public"
    assert b"".join(images.download(context, public.id)) == CONTENT
    with pytest.raises(ImageForbidden):
        images.update(context, public.id, ImageChange(name="mine now"))
    with pytest.raises(ImageForbidden):
        images.delete(context, public.id)


def test_list(images, context):
    made = [
        images.create(context, replace(DRAFT, name=name, properties={"os_type": kind}))
        for name, kind in (("a", "linux"), ("b", "windows"), ("c", "linux"))
    ]

    def names(**facts):
        query = ImageQuery(sort_key="name", sort_dir="asc", **facts)
        return [one.name for one in images.list(context, query)]

    assert names() == ["a", "b", "c"]
    assert names(filters={"name": "b"}) == ["b"]
    assert names(filters={"os_type": "linux"}) == ["a", "c"]
    assert names(limit=2) == ["a", "b"]
    assert names(marker=made[0].id) == ["b", "c"]
    assert names(marker=made[0].id, limit=1) == ["b"]
    assert len(images.list(context)) == 3
    with pytest.raises(ImageRefused):
        names(marker=ABSENT)


def test_a_copy_into_a_store_that_there_is_not_is_refused(images, context):
    made = images.create(context, ImageDraft("one", disk_format="raw", container_format="bare"))
    images.upload(context, made.id, [b"bytes"])
    with pytest.raises((ImageRefused, ImageNotFound)):
        images.copy(context, made.id, "nowhere")
    with pytest.raises(ImageNotFound):
        images.copy(context, "00000000-0000-4000-8000-00000000dead", "nowhere")


def test_a_place_is_told_or_refused_but_never_for_an_image_that_has_its_bytes(images, context):
    made = images.create(context, ImageDraft("one", disk_format="raw", container_format="bare"))
    images.upload(context, made.id, [b"bytes"])
    with pytest.raises((ImageRefused, ImageForbidden)):
        images.locate(context, made.id, "rbd://fsid/pool/image/snap")
    assert b"".join(images.download(context, made.id)) == b"bytes"


def test_sharing_with_another_project(world, images, context):
    made = images.create(context, replace(DRAFT, visibility="shared"))
    for _time in range(2):
        images.share(context, made.id, world.admin.project_id)
    private = images.create(context, DRAFT)
    with pytest.raises((ImageForbidden, ImageRefused)):
        images.share(context, private.id, world.admin.project_id)
    with pytest.raises(ImageNotFound):
        images.share(context, ABSENT, world.admin.project_id)


def test_where_users_find_it(images, context):
    where = images.location(context, ABSENT)
    assert where.startswith("http")
    assert where.endswith(f"/images/{ABSENT}")
    assert "/v2" not in where


def test_properties_do_not_pass_for_facts(images, context):
    sly = {"id": "11111111-2222-4333-8444-666666666666", "visibility": "public", "name": "other",
           "status": "active", "honest": "yes"}  # fmt: skip
    made = images.create(context, replace(DRAFT, id=ABSENT, properties=sly))
    assert (made.id, made.name, made.visibility, made.status) == (
        ABSENT, "snap", "private", "queued")  # fmt: skip
    assert made.properties == {"honest": "yes"}
