"""Servers that are deleted while somebody waits for their guests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.test_recovery import Story
from tests.simulation.faults import Odds
from tests.simulation.world import World, repeatable

PATIENCE = 600


class SlowStory(Story):
    """Of guests that have much time to shut themselves down, and do not."""

    def __init__(self) -> None:
        World.__init__(self, 1, Odds(), ("host1",))
        self.cloud.options |= {"shutdown_timeout": PATIENCE}
        self.start()


@pytest.fixture
def story() -> Iterator[SlowStory]:
    with repeatable(1):
        yield SlowStory()


@pytest.mark.parametrize("body", [
    {"os-stop": None}, {"reboot": {"type": "SOFT"}}, {"rescue": None},
])  # fmt: skip
def test_a_delete_does_not_wait_for_a_guest_that_does_not_answer(
    story: SlowStory, body: dict[str, Any]
) -> None:
    uuid = story.running()
    story.cloud.hypervisors["host1"].faults.deaf.add(uuid)
    reply = story.request("POST", f"/servers/{uuid}/action", body)
    assert reply is not None and reply.status in (200, 202)
    story.clock.run(30)
    assert story.shown(uuid)["OS-EXT-STS:task_state"] is not None
    story.delete(uuid)
    story.clock.run(20)
    assert story.shown(uuid)["status"] == "GONE"
    story.end()
