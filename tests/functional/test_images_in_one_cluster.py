"""Disks and images in one storage cluster: an image is made there, and nothing is sent."""

from collections.abc import Iterator
from typing import Any

import pytest

from nova.clients.image.contract import ImageMeta, ImageUnavailable
from nova.context import admin_context
from tests.cloud import Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    made = Cloud(hosts=("host1",))
    made.start()
    made.hypervisors["host1"].publishes = True
    yield made
    made.stop()


@pytest.fixture
def server(cloud: Cloud) -> str:
    uuid: str = cloud.boot("server", networks="none").body["server"]["id"]
    cloud.wait(uuid, "ACTIVE")
    return uuid


def picture(cloud: Cloud, server: str) -> str:
    reply = cloud.act(server, {"createImage": {"name": "picture"}})
    assert reply.status == 202, reply.body
    cloud.wait(server, "ACTIVE")
    image_id: str = reply.body["image_id"]
    return image_id


def image(cloud: Cloud, image_id: str) -> ImageMeta:
    return cloud.image.show(admin_context(), image_id)


def published(cloud: Cloud) -> set[str]:
    found: set[str] = cloud.hypervisors["host1"].published
    return found


def test_the_image_service_is_told_where_the_image_is(cloud: Cloud, server: str) -> None:
    made = image(cloud, picture(cloud, server))
    assert (made.status, made.disk_format) == ("active", "raw")
    assert made.locations == (f"fake://{made.id}",)
    assert made.id not in cloud.image_state.files
    assert published(cloud) == {made.id}


def test_one_that_does_not_listen_gets_the_bytes(cloud: Cloud, server: str) -> None:
    cloud.image_state.takes_locations = False
    made = image(cloud, picture(cloud, server))
    assert (made.status, made.locations) == ("active", ())
    assert made.id in cloud.image_state.files
    assert published(cloud) == set()


def test_one_that_is_away_leaves_nothing_behind(
    cloud: Cloud, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any) -> ImageMeta:
        raise ImageUnavailable(service="image", reason="it is away")

    monkeypatch.setattr(cloud.image, "locate", away)
    picture(cloud, server)
    assert published(cloud) == set()
    assert [one for one in cloud.image_state.images.values() if one.name == "picture"] == []
