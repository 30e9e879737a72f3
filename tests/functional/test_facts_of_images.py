"""What an image says of itself beside its hardware: stories in a whole cloud in one process."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta
from nova.servers.steps.image_properties import SECRET
from tests.cloud import Cloud

ID = "30000000-0000-4000-8000-{:012d}"
GIB = 1024**3
MIB = 1024**2


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud(hosts=("host1",)).start()
    yield made
    made.stop()


def image(cloud: Cloud, number: int, **facts: Any) -> str:
    own = ID.format(number)
    usual = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    made = cloud.image_state.add(ImageMeta(id=own, name="odd", **usual), b"odd")
    cloud.image_state.images[own] = replace(made, **facts)
    return own


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"min_ram": 513}, "Flavor's memory is too small for requested image."),
    ({"min_disk": 2}, "Flavor's disk is smaller than the minimum size specified in image"),
    ({"status": "queued"}, "is not active."),
    ({"size": GIB + 1}, "Flavor's disk is too small for requested image."),
    # An encrypted file is larger than its disk, by no more than this.
    ({"size": GIB + 27 * MIB, "properties": {SECRET: ID.format(90)}},
     "Flavor's disk is too small for requested image."),
    ({"size": GIB + 26 * MIB, "properties": {SECRET: ID.format(90)}},
     "neither flavor nor image ask for encrypted disks"),
]


@pytest.mark.parametrize(("facts", "words"), REFUSED)
def test_what_does_not_fit_is_refused(cloud: Cloud, facts: dict[str, Any], words: str) -> None:
    number = next(n for n, row in enumerate(REFUSED) if row[0] == facts)
    reply = cloud.boot(imageRef=image(cloud, number, **facts))
    assert reply.status == 400
    assert words in reply.body["badRequest"]["message"]


@pytest.mark.parametrize("properties", [
    {"img_config_drive": "mandatory", "img_root_device_name": "vdb"},
    {"root_device_name": "/dev/vdb", "img_config_drive": "optional"},
])
def test_config_drive_and_root_device(cloud: Cloud, properties: dict[str, str]) -> None:
    own = image(cloud, 20 + ("root_device_name" in properties), properties=properties)
    uuid = cloud.boot(imageRef=own).body["server"]["id"]
    shown = cloud.wait(uuid, "ACTIVE")
    needed = properties["img_config_drive"] == "mandatory"
    assert shown["config_drive"] == ("True" if needed else "")
    assert shown["OS-EXT-SRV-ATTR:root_device_name"] == "/dev/vdb"
