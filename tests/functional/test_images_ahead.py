"""Hosts of an aggregate fetch images before servers need them."""

from collections.abc import Iterator

import pytest

from tests.cloud import IMAGE, PROJECT, Cloud, Reply

ADMIN = f"admin:{PROJECT}"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(hosts=("host1", "host2", "host3")).start()
    yield cloud
    cloud.stop()


def ask(cloud: Cloud, method: str, path: str, body: object) -> Reply:
    return cloud.request(method, path, body, token=ADMIN)


def test_the_hosts_of_the_aggregate_and_no_others(cloud: Cloud) -> None:
    number = ask(cloud, "POST", "/os-aggregates", {"aggregate": {"name": "a"}}).body[
        "aggregate"]["id"]
    for host in ("host1", "host2"):
        added = ask(cloud, "POST", f"/os-aggregates/{number}/action", {"add_host": {"host": host}})
        assert added.status == 200, added.body
    asked = ask(cloud, "POST", f"/os-aggregates/{number}/images", {"cache": [{"id": IMAGE}]})
    assert asked.status == 202, asked.body
    has = cloud.hypervisors
    end = cloud.clock.monotonic() + 20
    while not all(IMAGE in has[host].image_cache for host in ("host1", "host2")):
        assert cloud.clock.monotonic() < end, {name: each.image_cache for name, each in has.items()}
        cloud.clock.sleep(0.02)
    assert IMAGE not in has["host3"].image_cache
