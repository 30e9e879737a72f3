"""Images of servers, servers from other images, and servers in rescue: stories in a whole cloud
in one process."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nova.clients.image.contract import ImageLimitExceeded, ImageMeta, ImageNotFound
from nova.context import admin_context
from nova.virt.contract import PowerState
from nova.virt.contract.errors import CannotSpawn, HypervisorError
from nova.virt.fake.hypervisor import Size
from tests.cloud import IMAGE, PROJECT, Cloud, Reply
from tests.stores import CELL1_UUID

ADMIN = f"admin:{PROJECT}"
OTHER_ADMIN = "admin:22222222222242228222222222222222"
SECOND = "10000000-0000-4000-8000-0000000000aa"
BIG = "10000000-0000-4000-8000-0000000000ab"
TRAITED = "10000000-0000-4000-8000-0000000000ac"
STABLE = "10000000-0000-4000-8000-0000000000ad"
BARE = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
IMAGES = {
    SECOND: {"name": "second", "properties": {"os_distro": "plan9", "hw_disk_bus": "scsi"}},
    BIG: {"name": "big", "min_disk": 2},
    TRAITED: {"name": "traited", "properties": {"trait:CUSTOM_GOLD": "required"}},
    STABLE: {"name": "stable", "properties": {"hw_rescue_device": "cdrom"}},
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    roomy = dict.fromkeys(("quota__instances", "quota__cores", "quota__ram"), -1)
    made = Cloud(hosts=("host1",), options=roomy, size=Size(vcpus=100, memory_mb=99999))
    for image_id, facts in IMAGES.items():
        made.image_state.add(ImageMeta(id=image_id, **{**BARE, **facts}), b"second disk")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(cloud: Cloud) -> str:
    reply = cloud.boot("server", networks="none", metadata={"old": "value"}, config_drive=True)
    uuid: str = reply.body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    return uuid


def guest(cloud: Cloud, uuid: str) -> Any:
    found = cloud.hypervisors["host1"].find(uuid)
    assert found is not None
    return found


def aged(cloud: Cloud, uuid: str) -> dict[str, Any]:
    """The server, as if it had run for a long time."""
    long_ago = cloud.clock.now() - timedelta(days=9)
    cloud.stores.cell(CELL1_UUID).instances.update(uuid, {"launched_at": long_ago})
    return cloud.show(uuid)


def age_images(cloud: Cloud, uuid: str) -> None:
    """A day passes."""
    for one in list(cloud.image_state.images.values()):
        if one.properties.get("instance_uuid") == uuid and one.created_at:
            older = replace(one, created_at=one.created_at - timedelta(days=1))
            cloud.image_state.images[one.id] = older


def ended(cloud: Cloud, uuid: str, action: str) -> dict[str, Any]:
    """The last action of that name, once it has ended."""
    path = f"/servers/{uuid}/os-instance-actions"
    end = cloud.clock.monotonic() + 20
    while cloud.clock.monotonic() < end:
        found = [a for a in cloud.request("GET", path).body["instanceActions"]
                 if a["action"] == action]  # fmt: skip
        detail = cloud.request("GET", f"{path}/{found[0]['request_id']}", token=ADMIN).body
        one: dict[str, Any] = detail["instanceAction"]
        if all(event["finish_time"] for event in one["events"]) and one["events"]:
            return one
        if one["message"] == "Error":
            return one
        cloud.clock.sleep(0.02)
    raise AssertionError(f"{action} does not end")


def image(cloud: Cloud, image_id: str) -> ImageMeta:
    return cloud.image.show(admin_context(), image_id)


def pictured(cloud: Cloud, uuid: str, name: str = "picture", **more: Any) -> str:
    reply = cloud.act(uuid, {"createImage": {"name": name, **more}})
    assert reply.status == 202, reply.body
    image_id: str = reply.body["image_id"]
    cloud.wait(uuid, "ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED")
    return image_id


def test_a_picture_tells_where_it_is_from(cloud: Cloud, server: str) -> None:
    cloud.hypervisors["host1"].put(replace(guest(cloud, server), written="precious"))
    made = image(cloud, pictured(cloud, server, metadata={"why": "because", "user_id": "mine"}))
    assert (made.status, made.name, made.disk_format) == ("active", "picture", "raw")
    assert (made.min_disk, made.owner, made.visibility) == (1, PROJECT, "private")
    assert made.properties["instance_uuid"] == server
    assert made.properties["image_type"] == "snapshot"
    assert made.properties["base_image_ref"] == IMAGE
    assert made.properties["image_state"] == "available"
    assert made.properties["image_location"] == "snapshot"
    assert made.properties["owner_id"] == PROJECT
    assert made.properties["why"] == "because"
    assert made.properties["user_id"] == "mine", "the user's own words win"
    content = b"".join(cloud.image.download(admin_context(), made.id))
    assert b"precious" in content
    assert ended(cloud, server, "createImage")["events"][0]["result"] == "Success"


def test_old_clients_are_told_by_a_header(cloud: Cloud, server: str) -> None:
    reply = cloud.act(server, {"createImage": {"name": "old"}}, version="2.44")
    assert (reply.status, reply.body) == (202, None)
    image_id = reply.headers["Location"].rpartition("/images/")[2]
    cloud.wait(server, "ACTIVE")
    assert image(cloud, image_id).status == "active"


@pytest.mark.parametrize("before", ["os-stop", "pause", "suspend"])
def test_a_server_stays_as_it_was(cloud: Cloud, server: str, before: str) -> None:
    cloud.act(server, {before: None})
    shown = cloud.wait(server, "SHUTOFF", "PAUSED", "SUSPENDED")
    state = guest(cloud, server).state
    assert image(cloud, pictured(cloud, server)).status == "active"
    assert cloud.show(server)["status"] == shown["status"]
    assert guest(cloud, server).state == state


def test_what_it_shows_meanwhile(cloud: Cloud, server: str) -> None:
    seen: list[str | None] = []

    def look(_uuid: str) -> None:
        """Nobody waits for what is told on the way: it may come a little later."""
        for _ in range(200):
            cloud.clock.sleep(0.02)
            now = cloud.show(server)["OS-EXT-STS:task_state"]
            if now != "image_snapshot":
                break
        seen.append(now)

    cloud.hypervisors["host1"].faults.do("take", look)
    image_id = cloud.act(server, {"createImage": {"name": "x"}}).body["image_id"]
    reply = cloud.act(server, {"pause": None})
    assert reply.status in (202, 409)
    cloud.wait(server, "ACTIVE", "PAUSED")
    assert seen == ["image_pending_upload"]
    assert image(cloud, image_id).status == "active"


def test_a_failed_picture_leaves_no_image_and_the_server_as_it_was(
    cloud: Cloud, server: str
) -> None:
    cloud.hypervisors["host1"].faults.fail("take", HypervisorError(verb="copy", reason="no room"))
    image_id = pictured(cloud, server)
    assert ended(cloud, server, "createImage")["events"][0]["result"] == "Error"
    with pytest.raises(ImageNotFound):
        image(cloud, image_id)
    assert cloud.show(server)["status"] == "ACTIVE"


def test_an_image_service_that_refuses(cloud: Cloud, server: str) -> None:
    """The user is told, and the server is free again."""
    def gate(operation: str) -> None:
        if operation == "image.create":
            raise ImageLimitExceeded(image_id="new")

    cloud.image_state.gate, usual = gate, cloud.image_state.gate
    try:
        reply = cloud.act(server, {"createImage": {"name": "one too many"}})
    finally:
        cloud.image_state.gate = usual
    assert reply.status == 403
    assert cloud.show(server)["OS-EXT-STS:task_state"] is None
    assert ended(cloud, server, "createImage")["message"] == "Error"
    pictured(cloud, server)


def test_an_image_that_is_deleted_meanwhile_ends_it(cloud: Cloud, server: str) -> None:
    made: list[str] = []

    def delete(_uuid: str) -> None:
        made.extend(i for i, m in cloud.image_state.images.items() if m.name == "doomed")
        cloud.image.delete(admin_context(), made[0])

    cloud.hypervisors["host1"].faults.do("take", delete)
    image_id = pictured(cloud, server, "doomed")
    assert made == [image_id]
    with pytest.raises(ImageNotFound):
        image(cloud, image_id)
    assert cloud.show(server)["status"] == "ACTIVE"


def test_a_delete_need_not_wait_for_a_picture(cloud: Cloud, server: str) -> None:
    """Nor does a picture of a server that is gone stay."""
    turns = cloud.computes["host1"]._performer._turns

    def delete(_uuid: str) -> None:
        assert cloud.request("DELETE", f"/servers/{server}").status == 204
        while not turns.contested(server):
            cloud.clock.sleep(0.01)

    cloud.hypervisors["host1"].faults.do("take", delete)
    image_id = cloud.act(server, {"createImage": {"name": "late"}}).body["image_id"]
    end = cloud.clock.monotonic() + 20
    while cloud.show(server)["status"] != "GONE":
        assert cloud.clock.monotonic() < end
        cloud.clock.sleep(0.02)
    with pytest.raises(ImageNotFound):
        image(cloud, image_id)


def test_what_of_an_image_is_not_handed_on(cloud: Cloud) -> None:
    facts = {"cache_in_nova": "true", "img_signature": "x", "kept": "yes"}
    signed = cloud.image_state.add(
        ImageMeta(id=cloud.image_state.new_id(), name="s", **BARE, properties=facts), b"s")
    uuid = cloud.boot("signed", imageRef=signed.id).body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    found = image(cloud, pictured(cloud, uuid)).properties
    assert found["kept"] == "yes"
    assert "cache_in_nova" not in found
    assert "img_signature" not in found


def test_pictures_by_others_are_shared_with_the_owner(cloud: Cloud, server: str) -> None:
    reply = cloud.act(server, {"createImage": {"name": "x"}}, token=OTHER_ADMIN)
    cloud.wait(server, "ACTIVE")
    made = image(cloud, reply.body["image_id"])
    assert made.visibility == "shared"
    assert made.owner == OTHER_ADMIN.partition(":")[2]
    assert (made.id, PROJECT) in cloud.image_state.members


def backups(cloud: Cloud, uuid: str) -> list[str]:
    found = [m for m in cloud.image_state.images.values()
             if m.properties.get("instance_uuid") == uuid]  # fmt: skip
    return sorted(str(m.name) for m in found)


def back_up(cloud: Cloud, uuid: str, name: str, rotation: int, **more: Any) -> Reply:
    wish = {"name": name, "backup_type": "daily", "rotation": rotation}
    reply = cloud.act(uuid, {"createBackup": wish}, **more)
    assert reply.status == 202, reply.body
    cloud.wait(uuid, "ACTIVE")
    return reply


def test_only_so_many_backups_are_kept(cloud: Cloud, server: str) -> None:
    stranger = cloud.image_state.add(ImageMeta(
        id=cloud.image_state.new_id(), name="stranger", owner="someone else", **BARE,
        properties={"instance_uuid": server, "image_type": "backup", "backup_type": "daily"}), b"")
    for number in range(4):
        back_up(cloud, server, f"b{number}", 2)
        age_images(cloud, server)
    assert backups(cloud, server) == ["b2", "b3", "stranger"]
    assert "Location" not in back_up(cloud, server, "b4", 0, version="2.44").headers
    assert backups(cloud, server) == ["stranger"]
    reply = back_up(cloud, server, "b5", 1)
    assert image(cloud, reply.body["image_id"]).properties["backup_type"] == "daily"
    assert image(cloud, reply.body["image_id"]).properties["image_type"] == "backup"
    cloud.image.delete(admin_context(), stranger.id)


def rebuild(cloud: Cloud, uuid: str, image_id: str = SECOND, **wish: Any) -> Reply:
    return cloud.act(uuid, {"rebuild": {"imageRef": image_id, **wish}})


def test_a_server_is_made_anew(cloud: Cloud, server: str) -> None:
    before = aged(cloud, server)
    reply = rebuild(cloud, server, name="anew", metadata={"new": "m"}, description="d",
                    hostname="host.example", adminPass="secret", user_data=None,
                    accessIPv4="192.0.2.1", trusted_image_certificates=None, key_name=None)
    assert reply.status == 202
    shown = reply.body["server"]
    assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("REBUILD", "rebuilding")
    assert (shown["adminPass"], shown["name"]) == ("secret", "anew")
    assert shown["metadata"] == {"new": "m"}
    assert shown["image"]["id"] == SECOND
    assert reply.headers["Location"].endswith(f"/servers/{server}")
    after = cloud.wait(server, "ACTIVE")
    assert after["image"]["properties"]["os_distro"] == "plan9"
    assert after["description"] == "d"
    assert after["OS-EXT-SRV-ATTR:hostname"] == "host.example"
    assert after["trusted_image_certificates"] is None
    assert after["OS-SRV-USG:launched_at"] > before["OS-SRV-USG:launched_at"]
    for kept in ("id", "addresses", "OS-EXT-SRV-ATTR:host", "flavor", "tags", "created"):
        assert after[kept] == before[kept], kept
    assert guest(cloud, server).image_id == SECOND
    assert cloud.stores.api.specs.get(server).image["id"] == SECOND


def test_what_was_stopped_is_stopped_again(cloud: Cloud, server: str) -> None:
    cloud.act(server, {"os-stop": None})
    cloud.wait(server, "SHUTOFF")
    rebuild(cloud, server)
    cloud.wait(server, "SHUTOFF")
    assert guest(cloud, server).image_id == SECOND
    assert guest(cloud, server).state == PowerState.SHUTDOWN


@pytest.mark.parametrize(
    ("image_id", "reason"),
    [(TRAITED, "Image traits cannot be satisfied")], ids=["traits"],
)  # fmt: skip
def test_a_host_that_will_not_have_the_image(
    cloud: Cloud, server: str, image_id: str, reason: str
) -> None:
    """The server is in error with a reason, and goes on as it was."""
    assert rebuild(cloud, server, image_id).status == 202
    after = cloud.wait(server, "ERROR")
    assert reason in after["fault"]["message"]
    assert after["image"]["id"] == IMAGE
    assert cloud.stores.api.specs.get(server).image["id"] == IMAGE
    assert guest(cloud, server).image_id == IMAGE
    assert rebuild(cloud, server).status == 202, "out of error, too"
    assert cloud.wait(server, "ACTIVE")["image"]["id"] == SECOND


def test_a_failed_rebuild_is_an_error_and_can_be_done_again(cloud: Cloud, server: str) -> None:
    failure = CannotSpawn(uuid=server, reason="the disk is on fire")
    cloud.hypervisors["host1"].faults.fail("spawn.run", failure)
    rebuild(cloud, server)
    after = cloud.wait(server, "ERROR")
    assert "on fire" in after["fault"]["message"]
    assert cloud.hypervisors["host1"].find(server) is None
    assert after["OS-EXT-SRV-ATTR:host"] == "host1"
    rebuild(cloud, server, IMAGE)
    assert cloud.wait(server, "ACTIVE")["image"]["id"] == IMAGE


def test_an_image_that_does_not_fit(cloud: Cloud, server: str) -> None:
    reply = rebuild(cloud, server, BIG)
    assert reply.status == 400
    assert "smaller than the minimum size" in reply.body["badRequest"]["message"]
    reply = rebuild(cloud, server, "99999999-9999-4999-8999-999999999999")
    assert reply.body["badRequest"]["message"] == "Cannot find image for rebuild"
    assert cloud.show(server)["status"] == "ACTIVE"


@pytest.mark.parametrize("image_id", [None, SECOND, STABLE])
def test_to_the_rescue_and_back(cloud: Cloud, server: str, image_id: str | None) -> None:
    before = aged(cloud, server)
    wish = {"adminPass": "secret"} | ({"rescue_image_ref": image_id} if image_id else {})
    reply = cloud.act(server, {"rescue": wish})
    assert (reply.status, reply.body) == (200, {"adminPass": "secret"})
    rescued = cloud.wait(server, "RESCUE")
    assert rescued["OS-SRV-USG:launched_at"] > before["OS-SRV-USG:launched_at"]
    assert guest(cloud, server).rescue_image == (image_id or IMAGE)
    assert cloud.act(server, {"os-stop": None}).status == 409
    assert cloud.act(server, {"unrescue": None}).status == 202
    assert cloud.wait(server, "ACTIVE")["image"] == before["image"]
    assert guest(cloud, server).rescue_image is None


def test_a_rescue_that_fails(cloud: Cloud, server: str) -> None:
    """The guest goes on as it was; the server says what went wrong."""
    failure = HypervisorError(verb="start", reason="no memory")
    cloud.hypervisors["host1"].faults.fail("rescue.run", failure)
    assert len(cloud.act(server, {"rescue": None}).body["adminPass"]) == 12
    after = cloud.wait(server, "ERROR")
    assert after["fault"]["code"] == 400
    assert "cannot be rescued: Driver Error" in after["fault"]["message"]
    assert guest(cloud, server).state == PowerState.RUNNING
    assert guest(cloud, server).rescue_image is None
    cloud.act(server, {"rescue": None})
    cloud.wait(server, "RESCUE")


def test_rescue_images_that_there_are_not(cloud: Cloud, server: str) -> None:
    absent = "99999999-9999-4999-8999-999999999999"
    reply = cloud.act(server, {"rescue": {"rescue_image_ref": absent}})
    assert reply.status == 400
    assert reply.body["badRequest"]["message"] == (
        f"Requested rescue image '{absent}' is not supported"
    )


def test_it_can_be_deleted_in_any_of_these(cloud: Cloud, server: str) -> None:
    cloud.act(server, {"rescue": None})
    cloud.wait(server, "RESCUE")
    assert cloud.request("DELETE", f"/servers/{server}").status == 204
    end = cloud.clock.monotonic() + 20
    while cloud.show(server)["status"] != "GONE":
        assert cloud.clock.monotonic() < end
        cloud.clock.sleep(0.02)
    assert cloud.hypervisors["host1"].find(server) is None
