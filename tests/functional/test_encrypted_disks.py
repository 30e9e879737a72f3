"""Servers whose local disks are encrypted: who keeps the secrets, and that none is left."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.clients.keys.contract import KeysUnavailable
from nova.objects.flavor import Flavor
from nova.servers.steps.boot_image import SECRET
from nova.virt.contract.errors import CannotSpawn
from nova.virt.fake.hypervisor import Size
from tests.cloud import LONG_AGO, PROJECT, Cloud
from tests.stores import CELL1_UUID

ADMIN = "admin:22222222222242228222222222222222"
OTHER = "somebody:33333333333343338333333333333333"
ASKING = "b2b2b2b2-31e7-49b7-b260-868f441e862b"
LOCKED = "c3c3c3c3-31e7-49b7-b260-868f441e862b"
WISH = {"hw:ephemeral_encryption": "true", "hw:ephemeral_encryption_format": "luks"}


def flavor(flavorid: str, specs: dict[str, str], ephemeral_gb: int = 0, swap: int = 0) -> Flavor:
    return Flavor(
        flavorid=flavorid, name=flavorid, memory_mb=64, vcpus=1, root_gb=1,
        ephemeral_gb=ephemeral_gb, swap=swap, rxtx_factor=1.0, vcpu_weight=0, disabled=False,
        is_public=True, description=None, extra_specs=specs)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_left(cloud: Cloud) -> Iterator[None]:
    """One story's failure is not another's."""
    yield
    cloud.keys.passphrases = {}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(size=Size(vcpus=64, memory_mb=9999, disk_gb=999))
    flavors = made.stores.api.flavors
    flavors.create(flavor("plain", {}, 1))
    flavors.create(flavor("secret", WISH, 1, 64))
    flavors.create(flavor("newer", {**WISH, "hw:ephemeral_encryption_format": "luksv2"}))
    facts: Any = {"disk_format": "raw", "container_format": "bare", "visibility": "public",
                  "created_at": LONG_AGO, "updated_at": LONG_AGO}
    wish = {"hw_ephemeral_encryption": "True"}
    made.image_state.add(ImageMeta(id=ASKING, name="asks", properties=wish, **facts), b"disk")
    secret = {SECRET: ASKING}
    made.image_state.add(ImageMeta(id=LOCKED, name="locked", properties=secret, **facts), b"?")
    made.start()
    yield made
    made.stop()


def booted(cloud: Cloud, status: str = "ACTIVE", **wish: Any) -> str:
    reply = cloud.boot(**{"flavorRef": "secret", **wish})
    assert reply.status == 202, reply.body
    uuid: str = reply.body["server"]["id"]
    shown = cloud.wait(uuid, "ACTIVE", "ERROR")
    assert shown["status"] == status, shown
    return uuid


def act(cloud: Cloud, uuid: str, action: dict[str, Any], status: str, **more: Any) -> None:
    reply = cloud.act(uuid, action, **more)
    assert reply.status in (200, 202), reply.body
    cloud.wait(uuid, status)


def secrets(cloud: Cloud, uuid: str) -> list[str]:
    """Of its disks, as they are recorded."""
    devices = cloud.stores.cell(CELL1_UUID).instances.get(uuid).block_devices
    for one in devices:
        facts = (one.encrypted, one.encryption_format)
        assert facts == ((True, "luks") if one.encryption_secret_uuid else (False, None))
    return [one.encryption_secret_uuid for one in devices if one.encryption_secret_uuid]


def locks(cloud: Cloud, uuid: str) -> list[str]:
    guest = cloud.hypervisors["host1"].find(uuid)
    assert guest is not None
    return [one.partition(" ")[0] for one in guest.locks]


def gone(cloud: Cloud, *uuids: str) -> None:
    cloud.end(list(uuids))
    assert cloud.keys.passphrases == {}


@pytest.mark.parametrize(("wish", "disks"), [
    ({}, ["root", "ephemeral0", "swap"]),
    ({"flavorRef": "plain", "imageRef": ASKING}, ["root", "ephemeral0"]),
])  # fmt: skip
def test_each_disk_has_a_secret_that_this_service_keeps(
    cloud: Cloud, wish: dict[str, str], disks: list[str]
) -> None:
    uuid = booted(cloud, **wish)
    kept = secrets(cloud, uuid)
    assert set(kept) == set(cloud.keys.passphrases)
    owners, words = zip(*cloud.keys.passphrases.values(), strict=True)
    assert {*owners} == {None}
    assert [len(one) for one in {*words}] == [128] * len(disks), "each another one"
    assert locks(cloud, uuid) == disks
    gone(cloud, uuid)


def test_the_disks_stay_encrypted_and_legible_whatever_is_done(cloud: Cloud) -> None:
    uuid = booted(cloud)
    before = secrets(cloud, uuid)
    act(cloud, uuid, {"os-stop": None}, "SHUTOFF")
    act(cloud, uuid, {"os-start": None}, "ACTIVE", token=ADMIN)
    act(cloud, uuid, {"reboot": {"type": "HARD"}}, "ACTIVE")
    act(cloud, uuid, {"suspend": None}, "SUSPENDED")
    act(cloud, uuid, {"resume": None}, "ACTIVE")
    act(cloud, uuid, {"rescue": None}, "RESCUE")
    act(cloud, uuid, {"unrescue": None}, "ACTIVE")
    act(cloud, uuid, {"rebuild": {"imageRef": ASKING}}, "ACTIVE")
    assert secrets(cloud, uuid) == before
    assert locks(cloud, uuid) == ["root", "ephemeral0", "swap"]
    gone(cloud, uuid)


def test_a_guest_does_not_start_without_its_secret(cloud: Cloud) -> None:
    uuid = booted(cloud)
    act(cloud, uuid, {"os-stop": None}, "SHUTOFF")
    kept = dict(cloud.keys.passphrases)
    cloud.keys.passphrases = {key: (owner, "wrong") for key, (owner, _) in kept.items()}
    act(cloud, uuid, {"os-start": None}, "SHUTOFF")
    cloud.keys.passphrases = {}
    act(cloud, uuid, {"os-start": None}, "SHUTOFF")
    cloud.keys.passphrases = kept
    act(cloud, uuid, {"os-start": None}, "ACTIVE")
    gone(cloud, uuid)


def test_a_rebuild_may_begin_it_but_not_end_it(cloud: Cloud) -> None:
    uuid = booted(cloud, flavorRef="plain")
    assert secrets(cloud, uuid) == []
    refused = cloud.act(uuid, {"rebuild": {"imageRef": ASKING, "preserve_ephemeral": True}})
    assert refused.status == 400
    assert "would stay plain" in refused.body["badRequest"]["message"]
    act(cloud, uuid, {"rebuild": {"imageRef": ASKING}}, "ACTIVE")
    kept = secrets(cloud, uuid)
    assert len(kept) == 2
    act(cloud, uuid, {"rebuild": {"imageRef": "70a599e0-31e7-49b7-b260-868f441e862b"}}, "ACTIVE")
    assert secrets(cloud, uuid) == kept
    assert locks(cloud, uuid) == ["root", "ephemeral0"]
    gone(cloud, uuid)


def test_a_build_that_fails_leaves_no_secret(cloud: Cloud) -> None:
    faults = cloud.hypervisors["host1"].faults
    faults.fail("spawn.run", CannotSpawn(uuid="it", reason="no power"), times=None)
    uuid = booted(cloud, "ERROR")
    faults.clear()
    assert (cloud.keys.passphrases, secrets(cloud, uuid)) == ({}, [])
    gone(cloud, uuid)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_no_server_without_a_key_service(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    keep, kept = cloud.keys.keep, list[str]()

    def away(*arguments: Any) -> str:
        if len(kept) == after:
            raise KeysUnavailable(service="keys", reason="away")
        kept.append(keep(*arguments))
        return kept[-1]

    monkeypatch.setattr(cloud.keys, "keep", away)
    uuid = booted(cloud, "ERROR")
    assert cloud.keys.passphrases == {}
    fault = cloud.show(uuid)["fault"]["message"]
    assert "The secret of a disk" in fault
    assert "away" in fault
    gone(cloud, uuid)


def test_formats_that_no_host_has(cloud: Cloud) -> None:
    uuid = booted(cloud, "ERROR", flavorRef="newer")
    assert "No valid host" in cloud.show(uuid)["fault"]["message"]
    gone(cloud, uuid)


def test_an_encrypted_image_is_not_written_in_plain(cloud: Cloud) -> None:
    refused = cloud.boot(imageRef=LOCKED)
    assert refused.status == 400
    assert refused.body["badRequest"]["message"] == (
        f"Image {LOCKED} is encrypted, and cannot be used: neither flavor nor image ask for "
        "encrypted disks (hw:ephemeral_encryption)")


def test_and_is_read_by_those_who_have_its_secret(cloud: Cloud) -> None:
    uuid = booted(cloud, "ERROR", imageRef=LOCKED)
    assert f"Secret {ASKING} could not be found" in cloud.show(uuid)["fault"]["message"]
    gone(cloud, uuid)


def pictured(cloud: Cloud, uuid: str) -> ImageMeta:
    reply = cloud.act(uuid, {"createImage": {"name": "picture"}})
    assert reply.status == 202, reply.body
    cloud.wait(uuid, "ACTIVE", "SHUTOFF")
    found: ImageMeta = cloud.image_state.images[reply.body["image_id"]]
    return found


@pytest.mark.parametrize("off", [False, True])
def test_a_picture_is_its_users_and_servers_are_made_of_it(cloud: Cloud, off: bool) -> None:
    uuid = booted(cloud, flavorRef="plain", imageRef=ASKING)
    if off:
        act(cloud, uuid, {"os-stop": None}, "SHUTOFF")
    image = pictured(cloud, uuid)
    assert (image.status, image.disk_format) == ("active", "qcow2")
    secret = image.properties[SECRET]
    wish = {key: image.properties[key] for key in image.properties if "ephemeral" in key}
    assert wish == {"hw_ephemeral_encryption": "True", "hw_ephemeral_encryption_format": "luks",
                    SECRET: secret}  # fmt: skip
    assert cloud.keys.passphrases[secret][0] == PROJECT
    assert secret not in secrets(cloud, uuid)
    assert b"disk of image" not in cloud.image_state.files[image.id]
    second = booted(cloud, flavorRef="plain", imageRef=image.id)
    again = pictured(cloud, second)
    assert again.properties[SECRET] != secret
    act(cloud, second, {"rescue": {"rescue_image_ref": image.id}}, "RESCUE")
    cloud.end([uuid, second])
    assert set(cloud.keys.passphrases) == {secret, again.properties[SECRET]}
    cloud.keys.passphrases.clear()


def test_whoever_has_no_right_to_the_secret_cannot_boot_the_image(cloud: Cloud) -> None:
    uuid = booted(cloud)
    image = pictured(cloud, uuid)
    cloud.image_state.images[image.id] = replace(image, visibility="public")
    wish = {"name": "thief", "flavorRef": "secret", "imageRef": image.id, "networks": "none"}
    reply = cloud.request("POST", "/servers", {"server": wish}, token=OTHER)
    assert reply.status == 202, reply.body
    thief = reply.body["server"]["id"]
    fault = cloud.wait(thief, "ERROR")["fault"]["message"]
    assert f"Secret {image.properties[SECRET]} could not be found" in fault
    cloud.end([uuid, thief])
    assert set(cloud.keys.passphrases) == {image.properties[SECRET]}
    cloud.keys.passphrases.clear()


def test_a_picture_that_fails_leaves_no_secret(cloud: Cloud) -> None:
    uuid = booted(cloud)
    before = set(cloud.keys.passphrases)
    cloud.hypervisors["host1"].faults.fail("take", CannotSpawn(uuid="it", reason="no"))
    reply = cloud.act(uuid, {"createImage": {"name": "picture"}})
    cloud.wait(uuid, "ACTIVE")
    assert reply.body["image_id"] not in cloud.image_state.images
    assert set(cloud.keys.passphrases) == before
    gone(cloud, uuid)


def test_backups_that_are_not_kept_leave_no_secret(cloud: Cloud) -> None:
    uuid = booted(cloud)
    before = set(cloud.keys.passphrases)
    for name in ("one", "two", "three"):
        wish = {"name": name, "backup_type": "daily", "rotation": 1}
        reply = cloud.act(uuid, {"createBackup": wish})
        assert reply.status == 202, reply.body
        cloud.wait(uuid, "ACTIVE")
    left = cloud.image_state.images[reply.body["image_id"]].properties[SECRET]
    assert set(cloud.keys.passphrases) == before | {left}
    del cloud.keys.passphrases[left]
    gone(cloud, uuid)


def test_a_rebuild_that_finds_no_key_service_leaves_the_server_whole(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of its guest was touched; another try succeeds."""
    uuid = booted(cloud, flavorRef="plain")

    def away(*_arguments: Any) -> str:
        raise KeysUnavailable(service="keys", reason="away")

    monkeypatch.setattr(cloud.keys, "keep", away)
    assert cloud.act(uuid, {"rebuild": {"imageRef": ASKING}}).status == 202
    cloud.wait(uuid, "ERROR")
    assert (secrets(cloud, uuid), locks(cloud, uuid)) == ([], [])
    monkeypatch.undo()
    act(cloud, uuid, {"rebuild": {"imageRef": ASKING}}, "ACTIVE")
    assert len(secrets(cloud, uuid)) == 2
    gone(cloud, uuid)
