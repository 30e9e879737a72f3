"""The disk of a real server: rescued from outside, copied, kept over a deletion, made anew.
What counts is what the guests remember."""

import base64
import re

import pytest

from tests.integration.real_guests.conftest import (
    INSIDE,
    LINUX,
    OTHER,
    OTHER_BANNER,
    RESCUER,
    RealCloud,
)
from tests.integration.real_guests.test_alive import told

pytestmark = pytest.mark.timeout(900)


def boots(cloud: RealCloud, server: str) -> int:
    return cloud.text(server).count("GUEST HAS TOLD ALL")


def test_to_the_rescue_and_back(cloud: RealCloud, server: str) -> None:
    """From a picture of itself, which remembers what its own disk does."""
    pictures = [one.id for one in cloud.image_state.images.values() if one.name == "picture"]
    before, count = cloud.definition(server), boots(cloud, server)
    cloud.did(server, "rescue", {"rescue_image_ref": (pictures or [LINUX])[0]}, "RESCUE")
    assert "disk.rescue" in cloud.definition(server)
    text = cloud.says(server, "GUEST HAS TOLD ALL", count + 1)
    assert "GUEST vdb HAS mark-4711" in text
    assert ("GUEST vda HAS mark-4711" in text) == bool(pictures)
    cloud.did(server, "unrescue", None, "ACTIVE")
    assert cloud.definition(server) == before
    assert not list((cloud.directory / server).glob("*rescue*"))


def test_a_rescue_that_leaves_its_devices_where_they_are(cloud: RealCloud, server: str) -> None:
    before = cloud.definition(server)
    cloud.did(server, "rescue", {"rescue_image_ref": RESCUER}, "RESCUE")
    cloud.says(server, OTHER_BANNER)
    disks = re.findall(r"<target dev='(vd.)'", cloud.definition(server))
    assert disks[: len(re.findall(r"<target dev='(vd.)'", before))] == re.findall(
        r"<target dev='(vd.)'", before)
    cloud.did(server, "unrescue", None, "ACTIVE")
    assert cloud.definition(server) == before


def test_backups_of_one_that_is_off(cloud: RealCloud, server: str) -> None:
    cloud.did(server, "os-stop", None, "SHUTOFF")
    for number in range(2):
        wish = {"name": f"b{number}", "backup_type": "daily", "rotation": 1}
        cloud.did(server, "createBackup", wish, "SHUTOFF")
    kept = [i for i in cloud.image_state.images.values()
            if i.properties.get("image_type") == "backup"]  # fmt: skip
    assert [image.name for image in kept] == ["b1"], cloud.story(server)
    assert cloud.image_state.files[kept[0].id].startswith(b"QFI\xfb")
    assert cloud.show(server)["status"] == "SHUTOFF"


def test_set_aside_and_taken_back(cloud: RealCloud, server: str) -> None:
    """It remembers what it wrote before all the rescues and the deletion."""
    cloud.did(server, "os-start", None, "ACTIVE")
    assert cloud.request("DELETE", f"/servers/{server}").status == 204
    cloud.settled(server, "SOFT_DELETED")
    assert not cloud.runs(server)
    remembered, count = cloud.text(server).count("GUEST REMEMBERS"), boots(cloud, server)
    cloud.did(server, "restore", None, "ACTIVE")
    text = cloud.says(server, "GUEST HAS TOLD ALL", count + 1)
    assert text.count("GUEST REMEMBERS mark-4711") == remembered + 1
    assert "GUEST EPHEMERAL DISK REMEMBERS" in text


def test_made_anew(cloud: RealCloud, server: str) -> None:
    """From another image, and from its first one, with nothing left of what it wrote on its
    root disk, and all of what it wrote on its ephemeral disk, as was asked for."""
    port = cloud.show(server)["addresses"]
    wish = {"imageRef": OTHER, "name": "other", "preserve_ephemeral": True}
    shown = cloud.did(server, "rebuild", wish, "ACTIVE")
    assert (shown["name"], shown["image"]["id"], shown["addresses"]) == ("other", OTHER, port)
    # A guest that was made anew has a console log of its own: no rescue before said this.
    cloud.says(server, OTHER_BANNER)
    assert "guest_agent" not in cloud.definition(server)
    cloud.restart(config_drive_format="iso9660")
    script = base64.b64encode(base64.b64decode(INSIDE) + b"say OF NEW USER DATA\n").decode()
    wish = {"imageRef": LINUX, "name": "anew", "hostname": "newly", "key_name": None,
            "metadata": {"purpose": "other"}, "user_data": script,
            "description": "made anew", "preserve_ephemeral": True}  # fmt: skip
    shown = cloud.did(server, "rebuild", wish, "ACTIVE")
    assert (shown["name"], shown["description"]) == ("anew", "made anew")
    assert (shown["OS-EXT-SRV-ATTR:hostname"], shown["key_name"]) == ("newly", None)
    text = cloud.says(server, "GUEST OF NEW USER DATA").rpartition(OTHER_BANNER)[2]
    assert "GUEST IS NEW" in text and "GUEST REMEMBERS" not in text
    assert "GUEST EPHEMERAL DISK REMEMBERS" in text
    assert "guest_agent" in cloud.definition(server)
    assert "GUEST DRIVE iso9660" in text
    meta = told(text, "META")
    assert (meta["name"], meta["meta"]) == ("anew", {"purpose": "other"})
    assert meta["hostname"].split(".")[0] == "newly"
    assert "public_keys" not in meta
    cloud.says(server, "NOVA GUEST READY newly")
    cloud.ended(server)
