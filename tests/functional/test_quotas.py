"""Quotas, when many ask at once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud import PROJECT, Cloud

ASKED, FREE = 8, 2


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    cloud = Cloud(options={"quota__instances": FREE}).start()
    yield cloud
    cloud.stop()


def test_of_many_exactly_as_many_as_there_is_room_for_are_let_through(cloud: Cloud) -> None:
    replies: list[Any] = []
    together = threading.Barrier(ASKED)

    def ask(number: int) -> None:
        together.wait()
        replies.append(cloud.boot(f"server-{number}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(ASKED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    statuses = sorted(reply.status for reply in replies)
    assert statuses == [202] * FREE + [403] * (ASKED - FREE)
    for reply in replies:
        if reply.status == 202:
            cloud.wait(reply.body["server"]["id"], "ACTIVE")
    detail = cloud.request("GET", f"/os-quota-sets/{PROJECT}/detail").body["quota_set"]
    assert detail["instances"] == {"limit": FREE, "in_use": FREE, "reserved": 0}


def test_what_is_deleted_can_be_had_again(cloud: Cloud) -> None:
    servers = [cloud.boot().body["server"]["id"] for _ in range(FREE)]
    refused = cloud.boot()
    assert refused.status == 403
    assert refused.body["forbidden"]["message"] == (
        "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances"
    )
    cloud.wait(servers[0], "ACTIVE")
    assert cloud.request("DELETE", f"/servers/{servers[0]}").status == 204
    cloud.wait(servers[0], "GONE")
    assert cloud.boot().status == 202
