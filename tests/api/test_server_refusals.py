"""What a server is made of may forbid what is done to others: said before anything happens."""

from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from tests import records
from tests.api.servers import IMAGE, IMAGES, USABLE, add_server
from tests.api.world import World

OTHER = "10000000-0000-4000-8000-000000000006"
STABLE = "10000000-0000-4000-8000-0000000000aa"
VOLUMES = "10000000-0000-4000-8000-0000000000ab"
TPM = (
    {"flavor": records.flavor(extra_specs={"hw:tpm_version": "2.0"})},
    {"system_metadata": {"image_hw_tpm_version": "2.0"}},
)


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    made.add_host("host1")
    more = {
        OTHER: {},
        STABLE: {"properties": {"hw_rescue_bus": "usb"}},
        VOLUMES: {"properties": {"img_block_device_mapping": "[]"}},
    }
    for image_id, facts in {**IMAGES, **more}.items():
        made.images.images[image_id] = ImageMeta(id=image_id, **{**USABLE, **facts})
    return made


def on_volume(world: World, name: str) -> str:
    uuid = add_server(world, name)
    world.cell.devices.add(records.block_device(uuid))
    return uuid


def refused(world: World, uuid: str, body: dict[str, Any], version: str = "2.1") -> tuple[int, str]:
    answer = world.ask("POST", f"/servers/{uuid}/action", json=body, version=version)
    (fault,) = answer.json.values()
    assert fault["code"] == answer.status_int
    assert world.ask("GET", f"/servers/{uuid}").json["server"]["OS-EXT-STS:task_state"] is None
    return answer.status_int, fault["message"]


@pytest.mark.parametrize("columns", TPM, ids=["flavor", "image"])
@pytest.mark.parametrize("action", ["rescue", "rebuild"])
def test_secrets_in_hardware(world: World, columns: dict[str, Any], action: str) -> None:
    """That is looked at before the lock."""
    uuid = add_server(world, action, locked_by="admin", **columns)
    body = {"rescue": None, "rebuild": {"imageRef": IMAGE}}[action]
    assert refused(world, uuid, {action: body}) == (
        400, f"Operation '{action}' not supported for vTPM-enabled instance ({uuid}).")


def test_no_rescue_of_a_volume_that_would_lose_its_place(world: World) -> None:
    uuid = on_volume(world, "rescued")
    plainly = f"Instance {uuid} cannot be rescued: Cannot rescue a volume-backed instance"
    stable = {"rescue": {"rescue_image_ref": STABLE}}
    assert refused(world, uuid, {"rescue": {"rescue_image_ref": OTHER}}, "2.87") == (400, plainly)
    assert refused(world, uuid, stable, "2.86") == (400, plainly)
    assert refused(world, uuid, stable, "2.87") == (
        400, f"Instance {uuid} cannot be rescued: Host unable to rescue a volume-backed instance")


def test_no_rescue_from_an_image_of_volumes(world: World) -> None:
    uuid = add_server(world, "rescued")
    assert refused(world, uuid, {"rescue": {"rescue_image_ref": VOLUMES}}) == (
        400, f"Requested rescue image '{VOLUMES}' is not supported")


def test_no_other_image_for_a_volume(world: World) -> None:
    uuid = on_volume(world, "rebuilt")
    assert refused(world, uuid, {"rebuild": {"imageRef": OTHER}}, "2.92") == (
        400, f"Image {OTHER} is unacceptable: Unable to rebuild with a different image for a "
        "volume-backed server.")


def test_no_backups_of_volumes(world: World) -> None:
    uuid = on_volume(world, "backed up")
    wish = {"name": "b", "backup_type": "daily", "rotation": 1}
    assert refused(world, uuid, {"createBackup": wish}) == (
        400, "Backup is not supported for volume-backed instances.")


def test_no_other_layout_of_memory_and_processors(world: World) -> None:
    world.images.images[VOLUMES] = ImageMeta(
        id=VOLUMES, **{**USABLE, "properties": {"hw_numa_nodes": "1"}})
    uuid = add_server(world, "rebuilt")
    assert refused(world, uuid, {"rebuild": {"imageRef": VOLUMES}}) == (
        400, "An instance's NUMA topology cannot be changed as part of a rebuild. The image "
        "provided is invalid for this instance.")
