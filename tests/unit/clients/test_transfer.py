"""Image bytes are compared with what was announced; facts are kept for a moment only."""

import hashlib
from dataclasses import replace

import pytest

from nova.clients.http import ServiceHttp
from nova.clients.image.contract import (
    ImageChange,
    ImageCorrupt,
    ImageDraft,
    ImageMeta,
    ImageQuery,
    ImageUnavailable,
)
from nova.clients.image.glance import Glance, connect
from nova.clients.image.recent import KEPT_SECONDS, RecentImages
from nova.clients.image.transfer import verified
from nova.clients.image.wire import image, patch
from nova.clients.login import load_login
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud, Observed
from tests.unit.clients.manual import ManualClock, broken, weathered

CONTENT = b"0123456789"
MD5 = hashlib.md5(CONTENT).hexdigest()
SHA = hashlib.sha256(CONTENT).hexdigest()


def received(**facts):
    return b"".join(verified(ImageMeta("i", **facts), iter([CONTENT[:3], CONTENT[3:]])))


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"size": 10},
        {"checksum": MD5},
        {"hash_algorithm": "sha256", "hash_value": SHA, "checksum": "old and wrong"},
        {"hash_algorithm": "unheard-of", "hash_value": "x", "checksum": MD5},
    ],
)
def test_whole(facts):
    assert received(**facts) == CONTENT


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"size": 11}, "10 of 11 bytes"),
        ({"checksum": "0" * 32}, "md5 differs"),
        ({"hash_algorithm": "sha256", "hash_value": MD5, "checksum": MD5}, "sha256 differs"),
    ],
)
def test_not_whole(facts, why):
    with pytest.raises(ImageCorrupt, match=why):
        received(**facts)


def test_recent_images_are_forgotten_and_personal():
    clock = ManualClock()
    recent = RecentImages(clock)
    me, you = RequestContext(project_id="me"), RequestContext(project_id="you")
    settled = ImageMeta("i")
    recent.put(me, settled)
    assert recent.get(me, "i") is settled
    assert recent.get(you, "i") is None
    assert recent.get(me.elevated(), "i") is None
    clock.sleep(KEPT_SECONDS)
    assert recent.get(me, "i") is None
    recent.put(me, settled)
    recent.put(me, ImageMeta("i", status="deactivated"))
    assert recent.get(me, "i") is None
    recent.put(me, settled)
    recent.forget("i")
    assert recent.get(me, "i") is None


def test_an_image_of_the_service():
    found = image(
        {
            "id": "i",
            "status": "active",
            "os_hash_algo": "sha512",
            "os_hash_value": "v",
            "os_hidden": True,
            "created_at": "2026-01-02T03:04:05Z",
            "locations": [{"url": "rbd://a", "metadata": {}}],
            "hw_disk_bus": "scsi",
            "stores": "a,b",
            "self": "/v2/images/i",
            "odd": None,
        }
    )
    assert (found.hash_algorithm, found.hash_value, found.hidden) == ("sha512", "v", True)
    assert found.created_at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert found.locations == ("rbd://a",)
    assert found.properties == {"hw_disk_bus": "scsi"}


def test_odd_names_in_a_change():
    present = ImageMeta("i", properties={"a/b~c": "1"})
    operations = patch(ImageChange(set={"x/y": "2"}, remove=["a/b~c"]), present)
    assert [(one["op"], one["path"]) for one in operations] == [
        ("add", "/x~1y"), ("remove", "/a~1b~0c"),
    ]  # fmt: skip


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path, RealClock())


def test_calls_of_a_download(cloud):
    observed = Observed()
    images = connect(cloud.conf, ManualClock(), observer=observed, transport=cloud.transport)
    context = cloud.context()
    body = {"name": "x", "disk_format": "raw", "container_format": "bare"}
    headers = {"X-Auth-Token": context.auth_token, "Content-Type": "application/octet-stream"}
    url = "http://image.test/v2/images"
    made = cloud.transport().post(url, json=body, headers={"X-Auth-Token": context.auth_token})
    cloud.transport().put(f"{url}/{made.json()['id']}/file", data=CONTENT, headers=headers)
    image_id = made.json()["id"]
    for _ in range(2):
        images.show(context, image_id)
    assert b"".join(images.download(context, image_id)) == CONTENT
    # Our own credentials see it too: a guest is built when the user's token is long gone.
    assert b"".join(images.download(RequestContext(), image_id)) == CONTENT
    assert observed.calls == [
        ("GET", "/images/{image}"), ("GET", "/images/{image}/file"),
    ] * 2  # fmt: skip


def test_a_long_list_comes_page_by_page(cloud):
    observed = Observed()
    login = load_login(cloud.conf, "glance", "/v2", borrow=True, transport=cloud.transport)
    http = ServiceHttp("image", login, ManualClock(), observer=observed)
    images = Glance(http, RecentImages(ManualClock()), page=2)
    context = cloud.context()
    for name in "abcde":
        images.create(context, ImageDraft(name))
    query = ImageQuery(sort_key="name", sort_dir="asc")
    start = len(observed.calls)
    assert [one.name for one in images.list(context, query)] == list("abcde")
    assert len(observed.since(start)) == 3
    found = images.list(context, replace(query, limit=3))
    assert [one.name for one in found] == list("abc")


def test_a_service_that_is_away(cloud):
    transport, weathers = weathered(cloud.transport())
    images = connect(cloud.conf, ManualClock(), transport=lambda: transport)
    context = cloud.context()
    for weather in weathers:
        weather.storm = broken
    with pytest.raises(ImageUnavailable, match="image is not available"):
        images.show(context, "any")
